"""The domain: what Tablée knows, independent of HTTP, forms and PDF."""
