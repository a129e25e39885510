"""Pictures that a device sends ahead of the answers that name them."""

from __future__ import annotations
