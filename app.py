"""Tablée: the application. Configuration, extensions, blueprints, the gate."""

from __future__ import annotations

import os
import secrets
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from flask_babel import Babel

from adapters import logs
from blueprints import commands, gate, languages, shell
from models.store import db, engine_options, listen

ROOT = Path(__file__).parent
AREAS = (
    "home",
    "accounts",
    "news",
    "network",
    "exchanges",
    "actions",
    "library",
    "meetings",
    "minutes",
    "committee",
    "groups",
    "tasks",
    "decisions",
    "widening",
    "notes",
    "fiches",
    "offline",
    "dossiers",
    "admin",
    "styleguide",
)

DEFAULTS: dict[str, Any] = {
    "SITE_NAME": "Tablée",
    "SITE_TAGLINE": "Biennale santé et mieux-être",
    "CONTACT_NAME": "",
    "CONTACT_PHONE": "",
    "CONTACT_MAIL": "",
    "PUBLIC_URL": "",  # https://… where people reach it
    "DEMO": False,
    "TIMEZONE": "Europe/Brussels",
    "SITE_LANGUAGES": ["fr"],  # of the screens; what is printed knows all of translations/
    "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
    "TRUSTED_PROXY": "",  # the address of the proxy whose headers are believed
    "MAIL_SERVER": "",
    "MAIL_PORT": 25,
    "MAIL_USERNAME": "",
    "MAIL_PASSWORD": "",
    "MAIL_USE_TLS": False,
    "MAIL_USE_SSL": False,
    "MAIL_SENDER": "",  # an address, or Name <address>
    "MAIL_TIMEOUT": 20,  # seconds
    "MAX_CONTENT_LENGTH": 1_000_000,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 4000,
    "UPLOAD_LENGTH": 15_000_000,
    "TEMPLATE_CACHE": "",  # a folder for compiled templates; the instance's own by default
}


def instance_folder(config: dict[str, Any]) -> Path:
    """The folder of this instance: the configuration's, TABLEE_INSTANCE's, or ./instance. Made with mode 0700."""
    folder = Path(config.get("INSTANCE") or os.environ.get("TABLEE_INSTANCE") or ROOT / "instance").resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def secret_key(folder: Path) -> str:
    """The key that signs cookies, made at first start and readable by its owner alone."""
    path = folder / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()


def configure(app: Flask, folder: Path, config: dict[str, Any]) -> None:
    """Defaults, then config.toml, then TABLEE_* of the environment, then what the caller says."""
    app.config.from_mapping(DEFAULTS)
    if (folder / "config.toml").exists():
        app.config.from_mapping(tomllib.loads((folder / "config.toml").read_text()))
    app.config.from_prefixed_env("TABLEE")
    app.config.from_mapping(config)
    https = shell.is_https(app)
    host = urlsplit(app.config["PUBLIC_URL"]).hostname
    app.config.update(
        INSTANCE=str(folder),
        DEMO=bool(app.config["DEMO"]) or (folder / "demo").exists(),
        SECRET_KEY=app.config.get("SECRET_KEY") or secret_key(folder),
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'tablee.db'}",
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(),
        SESSION_COOKIE_NAME="__Host-tablee" if https else "tablee",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        TRUSTED_HOSTS=["localhost", "127.0.0.1", "[::1]", *([host] if host else [])],
        BABEL_DEFAULT_LOCALE="fr",
        BABEL_DEFAULT_TIMEZONE=app.config["TIMEZONE"],
    )


def chosen_language() -> str:
    """The language of the person who is signed in, else of the browser."""
    who = gate.person() if request else None
    if who:
        return languages.spoken(who.language)
    return languages.wanted() if request else languages.SOURCE


def migrations(app: Flask) -> None:
    """Let this application upgrade its schema."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(ROOT / "migrations"))


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The application on one instance folder."""
    folder = instance_folder(config or {})
    logs.listen()
    app = Flask(__name__, instance_path=str(folder), static_folder=None)
    app.cli = commands.Group(app.name)
    configure(app, folder, config or {})
    db.init_app(app)
    with app.app_context():
        listen(db.engine)
    # Only `flask db` and what upgrades load it: the server and the worker do without its 11 MB.
    if "flask_migrate" in sys.modules or "db" in sys.argv[1:]:
        migrations(app)
    Babel(app, locale_selector=chosen_language)
    languages.quicken(app)
    shell.init(app)
    gate.init(app)
    for area in AREAS:
        module = import_module(f"blueprints.{area}")
        app.register_blueprint(module.bp)
        if hasattr(module, "init"):
            module.init(app)
    return app


if __name__ == "__main__":  # `python -m app serve`: as `flask`, without the commands of every library
    from flask.cli import ScriptInfo

    created = create_app()
    created.cli(obj=ScriptInfo(create_app=lambda: created), prog_name="python -m app")
