"""Draws passes and occupancy (`Painter` of core/ports.py) with Pillow and fpdf2, set in Noto Sans (OFL)."""

from __future__ import annotations

from core.adapters.painting.card import paint_card
from core.adapters.painting.grid import paint_grid
from core.ports import OccupancyGrid, PassCard

__all__ = ["InkPainter"]


class InkPainter:
    """Stateless; fonts are loaded once per process, when first needed. Blocking work: milliseconds for a
    picture, about a second for a process's first PDF, so call it in a thread.

    A token that is not base45 text, or longer than 122 characters, raises `ValueError`.
    """

    def pass_card(self, card: PassCard) -> bytes:
        """720x1080 greyscale PNG."""
        return paint_card(card)

    def pass_sheet(self, card: PassCard) -> bytes:
        """PDF, A4 upright. Folded twice, print outwards, the front shows the pass and the back its code."""
        # fpdf2 weighs 20 MB, and many a server never prints.
        from core.adapters.painting.sheet import paint_sheet

        return paint_sheet(card)

    def occupancy(self, grid: OccupancyGrid) -> bytes:
        """PNG, 720 wide, as high as it must be. Rows with nothing but past cells are left out."""
        return paint_grid(grid)
