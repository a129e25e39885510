// Loaded by every page. Each module adds one behaviour to a page that already works without it.
