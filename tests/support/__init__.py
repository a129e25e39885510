"""What the tests share: the checks of a page, the servers they talk to, and how they are started."""
