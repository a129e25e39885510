"""The board as one reads it: the network's, a group's, one line of it with what may answer it; my own exchanges."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from blueprints import paging
from blueprints.accounts.own import me
from blueprints.alike import alike, own
from blueprints.exchanges import bp, loading
from blueprints.formats import inline
from blueprints.gate import can, needs
from blueprints.look import locale
from blueprints.meetings.fields import words_of
from blueprints.meetings.loading import circle as by_code
from blueprints.paging import Page
from models import exchanging, mediating
from models.circles import Circle
from models.exchanges import KINDS, OFFER
from models.exchanging import Board, Line, Wanted
from models.matching import Match, region_of
from models.vocabularies import label, terms

MOST_MATCHES = 8
NARROWING = ("q", "genre", "langue", "region")  # what an address may narrow a board by


def wanted() -> Wanted:
    """What the address narrows the board by; what it does not know is left out."""
    said = {name: request.args.get(name, "").strip()[:200] for name in NARROWING}
    return Wanted(
        said["q"],
        said["genre"] if said["genre"] in KINDS else "",
        said["langue"] if said["langue"] in terms("langue") else "",
        said["region"] if said["region"] in terms("provenance_territoire_be") else "",
    )


def board_page(circle: Circle | None) -> Any:
    who, narrow = me(), wanted()

    def read() -> dict[str, Any]:
        whole = exchanging.board(who, circle)
        board = Board(*([x for x in side if narrow.fits(x)] for side in (whole.offers, whole.requests)))
        page = Page.of(max(len(board.offers), len(board.requests)), *NARROWING)
        spoken = {code for line in whole.lines for code in line.languages}
        areas = {
            code for line in whole.lines if line.region for code in (line.region, region_of(line.region))
        }
        return {
            "page": page, "board": Board(page.cut(board.offers), page.cut(board.requests)), "whole": whole,
            "spoken": [pair for pair in words_of("langue")() if pair[0] in spoken],
            "areas": [pair for pair in words_of("provenance_territoire_be")() if pair[0] in areas],
        }  # fmt: skip

    right = ("work.write", circle) if circle else "notice.make"
    key = ("board", circle.id if circle else "", narrow, paging.asked())

    def mine() -> dict[str, Any]:
        return {
            "part": alike((*key, exchanging.alike_for(who, circle)), read, right),
            "reciprocity": exchanging.reciprocity_in(circle, who), "waiting": [] if circle else exchanging.waiting_for(who),
        }  # fmt: skip

    return render_template(
        "exchanges/board.html", circle=circle, mine=own(key, mine), wanted=narrow, narrowed=narrow != Wanted(),
    )  # fmt: skip


@bp.get("/exchanges/")
@needs("exchange.list")
def index() -> Any:
    return board_page(None)


@bp.get("/exchanges/groups/<circle_code>")
@needs("circle.see", by_code, into="circle")
def of_circle(circle: Circle) -> Any:
    """The board of a group, for who sees the group."""
    return board_page(circle)


@bp.get("/exchanges/mine")
@needs("exchange.list")
def mine() -> Any:
    who = me()
    return render_template(
        "exchanges/mine.html", rows=exchanging.mine(who), waiting=exchanging.waiting_for(who),
        lines=[exchanging.line_of(row) for row in exchanging.own_notices(who)], reciprocity=exchanging.reciprocity_of(who, who), me=who,
    )  # fmt: skip


@bp.get("/exchanges/lines/<ref>")
@needs("notice.see", loading.line, into="line")
def line(line: Line) -> Any:
    return line_page(line)


def said(fit: Match) -> str:
    """A match in words."""
    return fit.said(lambda code: inline(label("langue", code, locale()[:2]), "language"))


def line_page(line: Line, status: int = 200, *, error: str = "", words: str = "") -> Any:
    who = me()
    found = exchanging.counterparts(who, line)[:MOST_MATCHES] if line.stands else []
    others = [fit.subject.thing for fit in found] if can("exchange.mediate", line) else []
    answers = exchanging.behind(line)
    own = answers is not None and answers.id == who.id
    return render_template(
        "exchanges/line.html", line=line, matches=[(fit.subject.thing, said(fit)) for fit in found], error=error, words=words, own=own,
        open_to_me=line.stands and answers is not None and not own, answers=answers, offer=OFFER,
        edits=line.notice is not None and can("notice.edit", line.notice),
        proposable=[other.ref for other in others if mediating.may_propose(line, other, who)],
        kept=bool(line.notice and line.notice.circle and not can("work.see", line.notice.circle)),
    ), status  # fmt: skip
