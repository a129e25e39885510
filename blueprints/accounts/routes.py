"""Routes."""

from blueprints.accounts import bp
from blueprints.gate import public, needs


@bp.get("/enter")
@public
def sign_in(): return "x"
@bp.get("/enter/<token>")
@public
def link(token): return "x"
@bp.get("/welcome/<token>")
@public
def welcome(token): return "x"
@bp.get("/account")
@needs("account.own")
def account(): return "x"
@bp.post("/sign-out")
@needs("account.own")
def sign_out(): return "x"
