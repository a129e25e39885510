"""The outside world: documents, mail, storage, pictures, PDF. Nothing here knows a word of the domain."""
