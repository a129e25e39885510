"""Sheets as associations send them, understood as answers of a fiche: `understand(blocks)`."""

from models.fiche.sheets.understanding import Understood, understand

__all__ = ["Understood", "understand"]
