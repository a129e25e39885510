"""One attempt at a diagram within a width: where its boxes, lines and words stand. Used by `diagram` only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.pdf.metrics import width, wrap

NODE_SIZE, LINK_SIZE = 9.5, 8.5  # points
NODE_LINE, LINK_LINE = 4.4, 3.6  # mm
PAD_U, PAD_V, TIP = 3.0, 2.2, 2.6


@dataclass(eq=False)
class Box:
    id: str
    lines: list[str]
    emphasis: bool
    w: float
    h: float
    u: float = 0.0
    v: float = 0.0


@dataclass(eq=False)
class Link:
    start: str
    end: str
    label: str
    lines: list[str] = field(default_factory=list)
    w: float = 0.0
    h: float = 0.0

    def pairs(self, others: "Iterable[Link]") -> bool:
        """Whether another link runs the opposite way between the same two nodes."""
        return any(o.start == self.end and o.end == self.start for o in others)


class Plan:
    """One attempt to draw within `limit` mm. `crowded` says that words had to be cut or the limit was not
    kept.
    """

    def __init__(
        self,
        names: dict[str, tuple[str, bool]],
        links: list[Link],
        rank: dict[str, int],
        across: bool,
        limit: float,
        lang: str,
    ) -> None:
        self.names, self.links, self.rank = names, links, rank
        self.across, self.limit, self.lang = across, limit, lang
        self.crowded = False
        self.paths: list[dict[str, Any]] = []
        self.labels: list[tuple[float, float, Link]] = []
        self._rows()
        self._sort()
        self._words()
        self._boxes()
        self._place()
        self.taken = [(b.u, b.v, b.u + self.du(b), b.v + self.dv(b)) for b in self.box.values()]
        self.low, self.high = 0.0, self.total_v
        self._near()
        self._same()
        self._far()
        for _, v, link in self.labels:  # what the words themselves need
            half = (link.h if across else link.w) / 2
            self.low, self.high = min(self.low, v - half), max(self.high, v + half)

    def du(self, box: Box) -> float:
        return box.w if self.across else box.h

    def dv(self, box: Box) -> float:
        return box.h if self.across else box.w

    def _rows(self) -> None:
        """Nodes of each rank, each near those it comes from."""
        self.rows: dict[int, list[str]] = defaultdict(list)
        for node in self.names:
            self.rows[self.rank[node]].append(node)
        self.count = max(self.rows) + 1
        for r in range(1, self.count):
            place = {node: k for row in self.rows.values() for k, node in enumerate(row)}

            def key(node: str, r: int = r, place: dict[str, int] = place) -> float:
                near = [place[x.start] for x in self.links if x.end == node and self.rank[x.start] == r - 1]
                return sum(near) / len(near) if near else place[node]

            self.rows[r].sort(key=key)
        self.place = {node: k for row in self.rows.values() for k, node in enumerate(row)}

    def _sort(self) -> None:
        step = {x: abs(self.rank[x.start] - self.rank[x.end]) for x in self.links}
        self.near = [x for x in self.links if step[x] == 1]
        level = [x for x in self.links if step[x] == 0]
        self.same = [x for x in level if abs(self.place[x.start] - self.place[x.end]) == 1]
        self.far = [x for x in self.links if step[x] > 1] + [x for x in level if x not in self.same]

    def _words(self) -> None:
        """The words of the links, and the gaps between ranks that they ask for."""
        for x in self.links:
            x.lines = wrap(x.label, LINK_SIZE, 24 if self.across else 26, 400, self.lang)
            x.w = max((width(t, LINK_SIZE) for t in x.lines), default=0) + 1.6
            x.h = len(x.lines) * LINK_LINE + 0.6
            self.crowded |= len(x.lines) > 2 or any(t.endswith("-") for t in x.lines)
        self.gaps = []
        for r in range(self.count - 1):
            here = [x for x in self.near if min(self.rank[x.start], self.rank[x.end]) == r]
            if self.across:
                self.gaps.append(max([18.0] + [x.w + 9 for x in here]))
            else:
                self.gaps.append(max([12.0] + [x.h * (2 if x.pairs(self.near) else 1) + 8.5 for x in here]))

    def _room(self) -> float:
        """Width for the words of one box."""
        if self.across:
            room = (self.limit - sum(self.gaps)) / self.count
        else:
            margin = max([x.w / 2 + 2 for x in self.far], default=0)
            most = max(map(len, self.rows.values()))
            room = (self.limit - (most - 1) * 8 - 2 * margin) / most
        return max(16, min(40, room - 2 * PAD_U - 0.6))

    def _boxes(self) -> None:
        """A box for each node; equal along the flow in each rank: calmer."""
        room = self._room()
        self.box: dict[str, Box] = {}
        for node, (label, emphasis) in self.names.items():
            weight = 700 if emphasis else 400
            lines = wrap(label, NODE_SIZE, room, weight, self.lang)
            self.crowded |= len(lines) > 3 or any(t.endswith("-") for t in lines)
            words = max((width(t, NODE_SIZE, weight) for t in lines), default=0)
            w = max(22, words + 2 * PAD_U + (1.5 if emphasis else 0))
            h = len(lines) * NODE_LINE + 2 * PAD_V
            ports = self._ports(node)
            w, h = (w, max(h, ports * 6.4)) if self.across else (max(w, ports * 12), h)
            self.box[node] = Box(node, lines, emphasis, w, h)
        for row in self.rows.values():
            most = max(self.du(self.box[node]) for node in row)
            for node in row:
                setattr(self.box[node], "w" if self.across else "h", most)

    def _ports(self, node: str) -> int:
        """How many links leave the busier side of a node."""
        others = [x.end if x.start == node else x.start for x in self.near if node in (x.start, x.end)]
        after = sum(self.rank[o] > self.rank[node] for o in others)
        return max(after, len(others) - after)

    def _place(self) -> None:
        between = 5.0 if self.across else 8.0
        if self.same:
            between = max([between] + [(x.h if self.across else x.w) + 7 for x in self.same])

        def size(row: list[str]) -> float:
            return sum(self.dv(self.box[node]) for node in row) + between * (len(row) - 1)

        self.total_v = max(map(size, self.rows.values()))
        u = 0.0
        for r in range(self.count):
            deep = max(self.du(self.box[node]) for node in self.rows[r])
            v = (self.total_v - size(self.rows[r])) / 2
            for node in self.rows[r]:
                box = self.box[node]
                box.u, box.v = u + (deep - self.du(box)) / 2, v
                v += self.dv(box) + between
            u += deep + (self.gaps[r] if r < self.count - 1 else 0)
        self.total_u = u

    def _put(self, link: Link, spots: list[tuple[float, float]]) -> None:
        """Set the words of a link at the first spot where they touch nothing, or where they touch least."""
        if not link.lines:
            return
        half_u, half_v = (link.w / 2, link.h / 2) if self.across else (link.h / 2, link.w / 2)

        def hits(spot: tuple[float, float]) -> int:
            u, v = spot
            return sum(
                u - half_u < t[2] and t[0] < u + half_u and v - half_v < t[3] and t[1] < v + half_v
                for t in self.taken
            )

        u, v = min(spots, key=hits)
        self.taken.append((u - half_u, v - half_v, u + half_u, v + half_v))
        self.labels.append((u, v, link))

    def _near(self) -> None:
        """Soft curves between neighbouring ranks, each from a port of its own."""
        sides: dict[tuple[str, bool], list[tuple[float, int, Link]]] = defaultdict(list)
        for k, x in enumerate(self.links):
            if x in self.near:
                for end, other in ((x.start, x.end), (x.end, x.start)):
                    middle = self.box[other].v + self.dv(self.box[other]) / 2
                    sides[end, self.rank[other] > self.rank[end]].append((middle, k, x))
        port = {}
        for (end, after), found in sides.items():
            found.sort(key=lambda t: t[:2])
            box = self.box[end]
            step = min(self.dv(box) / len(found), 8.0 if self.across else 14.0)
            for k, (_, _, x) in enumerate(found):
                v = box.v + self.dv(box) / 2 + (k - (len(found) - 1) / 2) * step
                port[x, end] = (box.u + (self.du(box) if after else 0), v)
        for x in self.near:
            self._curve(x, *port[x, x.start], *port[x, x.end])

    def _curve(self, link: Link, u1: float, v1: float, u2: float, v2: float) -> None:
        sign, m = (1 if u2 > u1 else -1), (u1 + u2) / 2
        self.paths.append(
            {"d": [("M", u1, v1), ("C", m, v1, m, v2, u2 - sign * TIP, v2)], "tip": (u2, v2, sign, 0)}
        )

        def at(t: float) -> tuple[float, float]:
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            return a * u1 + (b + c) * m + d * u2, (a + b) * v1 + (c + d) * v2

        first = () if self.across or not link.pairs(self.near) else (0.27, 0.72)
        self._put(link, [at(t) for t in (*first, 0.47, 0.4, 0.55, 0.33, 0.62, 0.27, 0.7, 0.22, 0.75)])

    def _same(self) -> None:
        """Straight lines between neighbours of one rank."""
        for x in self.same:
            a, b = self.box[x.start], self.box[x.end]
            sign = 1 if b.v > a.v else -1
            shift = sign * 5 if x.pairs(self.same) else 0
            u = (max(a.u, b.u) + min(a.u + self.du(a), b.u + self.du(b))) / 2 + shift
            v1, v2 = a.v + (self.dv(a) if sign > 0 else 0), b.v + (0 if sign > 0 else self.dv(b))
            self.paths.append({"d": [("M", u, v1), ("L", u, v2 - sign * TIP)], "tip": (u, v2, 0, sign)})
            self._put(x, [(u, v1 + (v2 - v1) * t) for t in (0.45, 0.3, 0.6)])

    def _far(self) -> None:
        """Lines by a channel outside, each channel with the depth of its words."""
        for x in self.far:
            a, b = self.box[x.start], self.box[x.end]
            half = (x.h if self.across else x.w) / 2
            last = all(self.place[n] == len(self.rows[self.rank[n]]) - 1 for n in (x.start, x.end))
            after = last or not (self.place[x.start] == self.place[x.end] == 0)
            if after:
                line = self.high + half + 3.5
                self.high = line + half
            else:
                line = self.low - half - 3.5
                self.low = line - half
            va, vb = (n.v + (self.dv(n) if after else 0) for n in (a, b))
            ua, ub = a.u + self.du(a) / 2, b.u + self.du(b) / 2
            if ua == ub:
                ua, ub = ua - 3, ub + 3
            sign = -1 if after else 1
            bend = [("M", ua, va), ("L", ua, line), ("L", ub, line), ("L", ub, vb - sign * TIP)]
            self.paths.append({"d": bend, "tip": (ub, vb, 0, sign)})
            self._put(x, [(ua + (ub - ua) * t, line) for t in (0.5, 0.3, 0.7)])

    def _xy(self, u: float, v: float) -> tuple[float, float]:
        u, v = round(u + 1, 2), round(v - self.low + 1, 2)
        return (u, v) if self.across else (v, u)

    def _path(self, path: dict[str, Any]) -> dict[str, str]:
        out = []
        for op, *numbers in path["d"]:
            pairs = [self._xy(*numbers[k : k + 2]) for k in range(0, len(numbers), 2)]
            out.append(op + " ".join(f"{x},{y}" for x, y in pairs))
        u, v, su, sv = path["tip"]
        tip = (
            (u, v),
            (u - su * 3 + sv * 1.5, v - sv * 3 + su * 1.5),
            (u - su * 3 - sv * 1.5, v - sv * 3 - su * 1.5),
        )
        return {"d": " ".join(out), "tip": " ".join("{},{}".format(*self._xy(*t)) for t in tip)}

    def drawing(self) -> dict[str, Any]:
        """What `drawings.html` draws."""
        nodes, labels = [], []
        for b in self.box.values():
            x, y = self._xy(b.u, b.v)
            top = y + (b.h - len(b.lines) * NODE_LINE) / 2 + 3.3
            nodes.append(
                {
                    "id": b.id,
                    "emphasis": b.emphasis,
                    "x": x,
                    "y": y,
                    "w": round(b.w, 2),
                    "h": round(b.h, 2),
                    "cx": round(x + b.w / 2, 2),
                    "rx": round(min(b.h / 2, 5.5), 2),
                    "texts": [(round(top + k * NODE_LINE, 2), t) for k, t in enumerate(b.lines)],
                }
            )
        for u, v, link in self.labels:
            x, y = self._xy(u, v)
            top = y - link.h / 2
            labels.append(
                {
                    "x": round(x - link.w / 2, 2),
                    "y": round(top, 2),
                    "w": round(link.w, 2),
                    "h": round(link.h, 2),
                    "cx": x,
                    "texts": [(round(top + 2.9 + k * LINK_LINE, 2), t) for k, t in enumerate(link.lines)],
                }
            )
        depth = self.high - self.low
        w, h = (self.total_u, depth) if self.across else (depth, self.total_u)
        return {
            "w": round(w + 2, 2),
            "h": round(h + 2, 2),
            "nodes": nodes,
            "paths": [self._path(p) for p in self.paths],
            "labels": labels,
            "crowded": self.crowded or w > self.limit + 2,
            "wide": w > self.limit + 1,
        }
