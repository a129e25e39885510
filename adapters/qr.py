"""A QR code as SVG that takes the colour of the text and the width of its place."""

from __future__ import annotations


def svg(text: str) -> str:
    """The SVG of a code that holds `text`; level M, so that a stain does not matter. Without a quiet zone."""
    import qrcode  # brings a library for pictures along, which only few requests need

    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    size = len(rows)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return (
        f'<svg viewBox="0 0 {size} {size}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path fill="currentColor" d="{path}"/></svg>'
    )
