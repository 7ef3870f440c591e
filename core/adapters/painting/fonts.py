"""Noto Sans, loaded once per process. The package brings one variable font; weights are cut from it."""

from __future__ import annotations

import logging
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import fontpkg_noto_sans
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from PIL import ImageFont

REGULAR = 400
MEDIUM = 550
BOLD = 700
NARROW = 72
"""Of 100, the usual width: for words that would have to be broken otherwise."""

_FILE = Path(fontpkg_noto_sans.ROOT) / "files" / "NotoSans[wdth,wght].ttf"
# Latin, Greek, polytonic Greek, punctuation and currency: what an activity's words are written in.
_LETTERS = (range(0x20, 0x250), range(0x370, 0x400), range(0x1F00, 0x2070), range(0x20A0, 0x20C0))


@cache
def font(size: int, weight: int, width: int = 100) -> ImageFont.FreeTypeFont:
    """For Pillow; `size` in pixels."""
    # Without ligatures or right-to-left script the basic layout gives the same lines, and needs no library.
    made = ImageFont.truetype(_FILE, size, layout_engine=ImageFont.Layout.BASIC)
    made.set_variation_by_axes([weight, width])
    return made


def width_of(weight: int, text: str, size: int, width: int = 100) -> float:
    """How wide Pillow draws a line, in pixels. The basic layout has no kerning: letters simply add up."""
    return sum(_letter_width(letter, size, weight, width) for letter in text)


@lru_cache(maxsize=20_000)
def _letter_width(letter: str, size: int, weight: int, width: int) -> float:
    return font(size, weight, width).getlength(letter)


_cutting = Lock()


def font_files() -> tuple[Path, Path]:
    """For fpdf2: regular and bold as files of their own, cut down to our letters.

    fpdf2 cuts the whole variable font for each document (4 s); this is done once (1 s), and a document then
    takes 25 ms. The files go when the process ends.
    """
    # Two threads must not write the same file.
    with _cutting:
        return _cut_fonts()


@cache
def _cut_fonts() -> tuple[Path, Path]:
    # fontTools tells of every table it drops.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    source = TTFont(_FILE)
    options = Options()
    options.layout_features = []
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[letter for letters in _LETTERS for letter in letters])
    subsetter.subset(source)
    return _cut_weight(source, REGULAR), _cut_weight(source, BOLD)


def _cut_weight(source: TTFont, weight: int) -> Path:
    cut = instantiateVariableFont(deepcopy(source), {"wght": weight, "wdth": 100}, inplace=True)
    file = Path(_folder().name) / f"{weight}.ttf"
    cut.save(file)
    return file


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="paso-fonts-")
