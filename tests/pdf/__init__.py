"""What the tests of the PDF engine share: a sample page, hostile contents, a trap."""
