"""`app`: the templates without the application around them (plain.py)."""

import pytest
from flask import Flask

from tests.look.plain import plain_app


@pytest.fixture
def app() -> Flask:
    return plain_app()
