"""Lays out a small diagram: boxes in ranks, arrows between them, a word on each arrow. All lengths are
millimetres.

Nodes are put in ranks along the links, in the order in which they were named; a link that would close a
circle is drawn against the flow. Up to three ranks read from left to right, more from top to bottom. Both
share one computation in (u, v): u runs along the flow, v across it. A link between neighbouring ranks is a
soft curve, one inside a rank a straight line; any other goes round by a channel outside, so that no line
crosses a box.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.pdf.plan import Link, Plan
from adapters.pdf.text import plain

MOST = 24  # nodes; more is no drawing that a person can read


def ranks(ids: list[str], links: list[Link]) -> dict[str, int]:
    """Node → its rank, 0 first. Links that close a circle do not count."""
    out: dict[str, list[str]] = defaultdict(list)
    for link in links:
        out[link.start].append(link.end)
    back, state = set(), {}

    def visit(node: str) -> None:
        state[node] = "open"
        for other in out[node]:
            if state.get(other) == "open":
                back.add((node, other))
            elif other not in state:
                visit(other)
        state[node] = "done"

    for node in ids:  # the order in which the author named them
        if node not in state:
            visit(node)
    forward = [(x.start, x.end) for x in links if (x.start, x.end) not in back]
    rank = dict.fromkeys(ids, 0)
    for _ in ids:
        for a, b in forward:
            rank[b] = max(rank[b], rank[a] + 1)
    for node in ids:  # a source stands next to what it feeds
        after = [rank[b] for a, b in forward if a == node]
        if after and all(b != node for _, b in forward):
            rank[node] = min(after) - 1
    low = min(rank.values(), default=0)
    return {node: r - low for node, r in rank.items()}


def layout(
    nodes: Iterable[Mapping[str, Any]],
    links: Iterable[Mapping[str, Any]],
    lang: str = "fr",
    narrow: float = 118.0,
    wide: float = 158.0,
    down: bool = False,
) -> dict[str, Any] | None:
    """The drawing of `nodes` ({id, label, emphasis}) and `links` ({from, to, label}), or None where there
    is none.

    `narrow` is the width to keep if the words allow it, `wide` the most; for a screen of 360 px give 66 and
    66. `down` reads from top to bottom even with few ranks. Result: w, h, nodes, paths, labels (see `Plan.drawing`), `wide` (wider than `narrow`), `crowded`
    (words were cut or the drawing is wider than `wide`), and `spoken`, one short sentence a link, for those
    who do not see it.
    """
    names = {str(n["id"]): (plain(n.get("label") or ""), bool(n.get("emphasis"))) for n in nodes}
    arrows = [Link(str(x["from"]), str(x["to"]), plain(x.get("label") or "")) for x in links]
    arrows = [x for x in arrows if x.start in names and x.end in names and x.start != x.end]
    if not names or len(names) > MOST or len(arrows) > 3 * MOST:
        return None
    rank = ranks(list(names), arrows)
    across = max(rank.values()) < 3 and not down
    plan = Plan(names, arrows, rank, across, narrow, lang)
    if plan.drawing()["crowded"]:
        plan = Plan(names, arrows, rank, across, wide, lang)
    spoken = ". ".join(f"{names[x.start][0]} {x.label or '–'} {names[x.end][0]}" for x in arrows)
    drawing = plan.drawing()
    return {**drawing, "wide": drawing["w"] > narrow + 3, "spoken": spoken}
