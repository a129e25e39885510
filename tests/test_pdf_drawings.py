"""Marks, logo, diagrams, bars: one definition for screen and paper."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pdf import diagram, drawings, marks
from adapters.pdf.arabic import visual
from adapters.pdf.drawings import drawing, paint
from tests.pdf import LINKS, NODES, ROOT, environment

PRINT = ROOT / "static" / "print"
LETTERS = "abcdefgh"


def macro(call: str, **values) -> str:
    template = environment().from_string("{% import 'drawings.html' as d %}{{ d." + call + " }}")
    return template.render(**values)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two colours #rrggbb."""

    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        lin = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_files_of_the_style_sheet_are_those_of_the_module():
    names = {path.name for path in (PRINT / "svg").iterdir()}
    assert names == set(marks.files())
    for name, text in marks.files().items():
        assert (PRINT / "svg" / name).read_text() == text
        ET.fromstring(text)


def test_every_file_that_a_sheet_names_is_there():
    for sheet in (PRINT / "css").iterdir():
        named = re.findall(r"url\((.*?)\)", sheet.read_text())
        assert named
        for path in named:
            assert (sheet.parent / path).resolve().is_file(), path


def test_paper_has_the_inks_of_the_tones_and_no_other():
    for sheet in (PRINT / "css").iterdir():
        assert set(re.findall(r"#[0-9a-f]{3,8}\b", sheet.read_text())) <= {*marks.TONES.values(), "#fff"}


def test_each_ink_can_be_read():
    assert contrast("#ffffff", "#777777") < 4.5  # the control
    for name in marks.TONES.keys() - {"paper", "wash"}:
        assert contrast(marks.TONES[name], "#ffffff") >= 4.5
        assert contrast(marks.TONES[name], marks.TONES["wash"]) >= 4.3


def test_no_arc_is_longer_than_the_renderer_can_draw():
    """WeasyPrint flattens half circles: each arc goes at most a quarter round, so at most √2 radii far."""
    for path in (*marks.MARKS.values(), marks.LOGO_KEPT, marks.LOGO_SEATS):
        here = (0.0, 0.0)
        for op, numbers in re.findall(r"([MLHVAZz])([^MLHVAZz]*)", path):
            values = [float(n) for n in re.findall(r"-?\d*\.?\d+", numbers)]
            if op == "A":
                assert abs(complex(values[5] - here[0], values[6] - here[1])) <= values[0] * 2**0.5 + 0.03
            if op in "MA" and values:
                here = (values[-2], values[-1])
            elif op == "H":
                here = (values[-1], here[1])


def test_a_drawing_is_one_for_screen_and_paper():
    """The same elements: classes carry the schemes of the screen, attributes the inks of paper."""
    svg = macro("sign('PLA')")
    assert f'd="{marks.MARKS["PLA"]}"' in svg
    assert 'class="fill-pla"' in svg
    assert f'fill="{marks.TONES["pla"]}"' in svg
    assert "style=" not in svg
    css = (ROOT / "static" / "css" / "drawings.css").read_text()
    names = set(
        re.findall(r"\b(?:fill|line)-[a-z-]+", (ROOT / "templates" / "drawings.html").read_text() + svg)
    )
    for call in ("degree(4, 2, 3, 'a', 'b')", "bars([('x', 3)], 2, 'y')", "logo()", "seats()"):
        names |= set(re.findall(r"\b(?:fill|line)-[a-z-]+", macro(call)))
    assert len(names) > 9
    assert all(f".{name} " in css for name in names)


def test_words_for_those_who_do_not_see():
    assert 'aria-hidden="true"' in macro("logo()")
    assert 'role="img" aria-label="Le logo &lt;b&gt;"' in macro("logo('Le logo <b>')")
    assert 'alt="Un &lt;b&gt; &#34;mot&#34;"' in drawing(macro("logo()"), 'Un <b> "mot"')
    assert "alt" not in drawing(macro("logo()"), "")
    assert drawing(macro("logo()"), "").startswith("<div")


def test_a_drawing_has_a_size():
    svg = macro("degree(4, 2, 3, 'a', 'b')")
    assert "width: 117mm; height: 23.4mm" in drawing(svg, "x")
    assert "width: 10mm; height: 2mm" in drawing(svg, "x", 10, 2)
    with pytest.raises(ValueError, match="viewBox"):
        drawing("<svg></svg>", "x")


def test_a_seal_holds_for_one_drawing_and_one_key():
    url = re.search(r'src="([^"]+)"', drawing(macro("logo()"), "x"))[1]
    assert drawings.opened(url, drawings.KEY).startswith(b"<svg")
    assert drawings.opened(url, b"other") is None
    assert drawings.opened(url[:-4] + "AAAA", drawings.KEY) is None
    assert drawings.opened("drawing:é,é", drawings.KEY) is None
    assert drawings.opened("drawing:", drawings.KEY) is None


def test_paint_knows_its_tones_only():
    assert paint("ink", "soft") == 'class="fill-ink line-soft" fill="#10302f" stroke="#435a57"'
    assert paint("", "ink") == 'class="line-ink" fill="none" stroke="#10302f"'
    with pytest.raises(KeyError):
        paint("pink")


@pytest.mark.parametrize(
    ("aim", "low", "high"), [(None, 0, 6), (6, None, None), (0, 3, 3), (5, 6, 6), (3, 0, 0)]
)
def test_degrees(aim, low, high):
    svg = ET.fromstring(macro("degree(aim, low, high, 'visé', 'en fait')", aim=aim, low=low, high=high))
    dark = [e for e in svg.iter() if e.tag.endswith("rect") and "fill-ink" in e.get("class")]
    texts = [e.text for e in svg.iter() if e.tag.endswith("text")]
    assert len(dark) == (0 if low is None else high - low + 1)
    assert ("visé" in texts) is (aim is not None)
    assert ("en fait" in texts) is (low is not None)
    assert texts.count("P3") == 1


def test_bars_grow_with_their_numbers_and_their_words():
    svg = ET.fromstring(macro("bars([('a', 4), ('un très long nom ' * 8, 2), ('c', 0)], 1, 'sans réponse')"))
    rects = [e for e in svg.iter() if e.tag.endswith("rect")]
    widths = [float(e.get("width")) for e in rects]
    assert widths == [84.0, 42.0, 21.0]
    assert "stroke-dasharray" in rects[-1].attrib
    assert float(svg.get("viewBox").split()[3]) > 4 * 7.5
    ET.fromstring(macro("bars([])"))


# ------------------------------------------------------------------------------------------------ diagrams


def test_a_diagram_reads_along_its_links():
    found = diagram.layout(NODES, LINKS)
    place = {node["id"]: node["x"] for node in found["nodes"]}
    assert place["c"] < place["a"] < place["b"]
    assert (
        found["spoken"]
        == "Κήπος и сад propose Commune. Commune répond Κήπος и сад. École حديقة aide Κήπος и сад"
    )
    assert not found["crowded"]
    assert len(found["paths"]) == len(found["labels"]) == 3


def test_a_long_chain_reads_downwards():
    chain = [{"id": str(k), "label": f"Étape {k}"} for k in range(6)]
    links = [{"from": str(k), "to": str(k + 1), "label": "puis"} for k in range(5)]
    tops = [node["y"] for node in diagram.layout(chain, links)["nodes"]]
    assert tops == sorted(tops)
    assert len(set(tops)) == 6


def test_nothing_to_draw_is_no_drawing():
    assert diagram.layout([], []) is None
    assert diagram.layout([{"id": k, "label": "x"} for k in range(diagram.MOST + 1)], []) is None
    lone = diagram.layout([{"id": 1, "label": "x"}], [{"from": 1, "to": 2}, {"from": 1, "to": 1}])
    assert lone["paths"] == []


ids = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=8, unique=True)
pairs = st.lists(st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS)), max_size=14)


@given(ids, pairs, st.text(max_size=40), st.text(max_size=30), st.sampled_from([66.0, 118.0]))
def test_any_diagram_keeps_its_boxes_apart_and_inside(names, links, label, word, narrow):
    nodes = [{"id": n, "label": label + n, "emphasis": n < "d"} for n in names]
    found = diagram.layout(nodes, [{"from": a, "to": b, "label": word} for a, b in links], narrow=narrow)
    boxes = found["nodes"]
    assert {b["id"] for b in boxes} == set(names)
    for b in boxes:
        assert b["x"] >= 0
        assert b["y"] >= 0
        assert b["x"] + b["w"] <= found["w"] + 0.05
        assert b["y"] + b["h"] <= found["h"] + 0.05
    for a, b in combinations(boxes, 2):
        apart_x = a["x"] + a["w"] <= b["x"] + 0.05 or b["x"] + b["w"] <= a["x"] + 0.05
        assert apart_x or a["y"] + a["h"] <= b["y"] + 0.05 or b["y"] + b["h"] <= a["y"] + 0.05
    assert found == diagram.layout(
        nodes, [{"from": a, "to": b, "label": word} for a, b in links], narrow=narrow
    )
    ET.fromstring(macro("diagram(g)", g=found))


# ---------------------------------------------------------------------------------------- Arabic in drawings


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("École", "École"),
        ("حديقة", "ﺔﻘﻳﺪﺣ"),
        ("لا", "ﻻ"),
        ("سَلامٌ", "مﻼﺳ"),
        ("École حديقة (2016) السلام!", "École مﻼﺴﻟا (2016) ﺔﻘﻳﺪﺣ!"),
        ("السلام 2016 (Gent)", "(Gent) 2016 مﻼﺴﻟا"),
        ("👩\u200d🌾 a\u00adb", "👩🌾 ab"),
    ],
)
def test_arabic_stands_joined_and_in_its_order(typed, drawn):
    assert visual(typed) == drawn


@given(st.text(st.sampled_from("حديقةلاأسم 12(a)é"), max_size=30))
def test_no_letter_is_lost_when_arabic_is_turned(typed):
    import unicodedata

    def bare(text: str) -> list[str]:
        return sorted(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())

    assert bare(visual(typed)) == bare(unicodedata.normalize("NFC", typed))
