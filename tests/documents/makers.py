"""Makes .docx and .odt files out of strings of XML, so that tests can write exactly what they mean."""

import io
import zipfile
from html import escape

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MORE = (
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
        ("svg", "svg-compatible"),
    )
)
# One white point, a real PNG.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def make_zip(parts: dict[str, bytes | str], *, stored: tuple[str, ...] = ()) -> bytes:
    """A zip of these parts, deflated but for those named in `stored`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name in stored else None)
    return out.getvalue()


def relationships(*targets: tuple[str, str, str], external: tuple[str, ...] = ()) -> str:
    """A .rels part from (id, kind, target)."""
    rows = "".join(
        f'<Relationship Id="{key}" Type="{RELATION}{kind}" Target="{escape(target)}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if key in external else ''}/>"
        for key, kind, target in targets
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def docx(
    body: str,
    parts: dict[str, bytes | str] | None = None,
    links: tuple[tuple[str, str, str], ...] = (),
    external: tuple[str, ...] = (),
    prolog: str = "",
) -> bytes:
    """A .docx whose body is this XML; `parts` and `links` add what it refers to."""
    return make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relationships(("rId1", "officeDocument", "word/document.xml")),
            "word/_rels/document.xml.rels": relationships(*links, external=external),
            "word/document.xml": f"{prolog}<w:document {W} {MORE}><w:body>{body}</w:body></w:document>",
            **(parts or {}),
        }
    )


def odt(body: str, parts: dict[str, bytes | str] | None = None, prolog: str = "") -> bytes:
    """An .odt whose text is this XML."""
    return make_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{prolog}<office:document-content {ODF} "
            f'xmlns:xlink="http://www.w3.org/1999/xlink"><office:body><office:text>{body}</office:text>'
            "</office:body></office:document-content>",
            **(parts or {}),
        },
        stored=("mimetype",),
    )


def p(text: str, inside: str = "") -> str:
    """A paragraph of Word; "\\n" is a line break and "\\t" a tab. `inside`: its properties."""
    runs = escape(text).replace("\n", "</w:t><w:br/><w:t>").replace("\t", "</w:t><w:tab/><w:t>")
    return f'<w:p>{inside}<w:r><w:t xml:space="preserve">{runs}</w:t></w:r></w:p>'


def styled(text: str, style: str) -> str:
    return p(text, f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>')


def listed(text: str) -> str:
    return p(text, '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>')


def cell(*content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(content) or '<w:p/>'}</w:tc>"


def table(*rows: tuple[str, ...]) -> str:
    return f"<w:tbl>{''.join('<w:tr>' + ''.join(row) + '</w:tr>' for row in rows)}</w:tbl>"


def drawing(key: str = "rId5", alt: str = "") -> str:
    """A run with a picture."""
    return (
        f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="{escape(alt)}"/><a:graphic>'
        f'<a:graphicData><a:blip r:embed="{key}"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )


def op(text: str, style: str = "") -> str:
    """A paragraph of OpenDocument; "\\n" is a line break."""
    runs = escape(text).replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
    return f'<text:p text:style-name="{style}">{runs}</text:p>'


def ocell(*content: str) -> str:
    return f"<table:table-cell>{''.join(content) or '<text:p/>'}</table:table-cell>"


def otable(*rows: tuple[str, ...]) -> str:
    inner = "".join("<table:table-row>" + "".join(row) + "</table:table-row>" for row in rows)
    return f"<table:table>{inner}</table:table>"
