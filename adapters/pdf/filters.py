"""What print templates and drawings need from Jinja."""

from collections.abc import Callable
from typing import Any

from adapters.pdf import diagram, drawings, faces, marks, metrics, text


def environment_filters() -> tuple[dict[str, Callable[..., Any]], dict[str, Any]]:
    """(filters, globals) for a Jinja environment that escapes by itself and has the i18n extension.

    Filters: soft, paras, clean, plain, rtl, css_string, nb, lines_of, wrap, drawing.
    Globals: MARKS (code → path), SEATS, LOGO, PRINT_FAMILY, paint, diagram_layout.
    """
    filters: dict[str, Callable[..., Any]] = {
        "soft": text.soft,
        "paras": text.paras,
        "clean": text.clean,
        "plain": text.plain,
        "rtl": text.rtl,
        "css_string": text.css_string,
        "nb": lambda value: text.clean(value).replace(" ", text.NBSP),
        "lines_of": metrics.lines_of,
        "wrap": metrics.wrap,
        "drawing": drawings.drawing,
    }
    names = {
        "MARKS": marks.MARKS,
        "SEATS": marks.seats(),
        "PRINT_FAMILY": faces.FAMILY,
        "LOGO": {"box": marks.LOGO_BOX, "kept": marks.LOGO_KEPT, "seats": marks.LOGO_SEATS},
        "paint": drawings.paint,
        "diagram_layout": diagram.layout,
    }
    return filters, names
