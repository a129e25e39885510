"""The fiche: its questions, its answers, its life."""
