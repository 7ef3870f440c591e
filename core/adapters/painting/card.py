"""A pass as a picture for a phone."""

from __future__ import annotations

from functools import partial
from io import BytesIO

from PIL import Image, ImageDraw

from core.adapters.painting.fonts import BOLD, MEDIUM, REGULAR, font, width_of
from core.adapters.painting.qr import MODULES, QUIET, qr_image
from core.adapters.painting.text import Fitted, fit, fit_block
from core.ports import PassCard

WIDTH, HEIGHT = 720, 1080
_MARGIN = 36
_INNER = WIDTH - 2 * _MARGIN
_MODULE = 12
_QR = MODULES * _MODULE
_QUIET = QUIET * _MODULE
_PERSONS = 196
"""Width of the box with the number of persons, to the right of the lines."""
_GAP = 24
_BAND = 32
_WHITE, _BLACK, _GREY = 255, 0, 70
_LEADING = 1.26
"""Of the size, from one base line to the next: accented capitals do not touch the line above."""


def paint_card(card: PassCard) -> bytes:
    picture = Image.new("L", (WIDTH, HEIGHT), _WHITE)
    draw = ImageDraw.Draw(picture)
    title = _fit(card.title, BOLD, (52, 46, 40, 34, 30), _INNER, 3)
    band = _height(title) + _BAND
    draw.rectangle((0, 0, WIDTH, band), fill=_BLACK)
    _write(draw, title, BOLD, _MARGIN, _BAND // 2, fill=_WHITE)

    if card.mark:
        band = _mark(draw, card.mark, band)

    advice = _fit(card.advice, REGULAR, (27, 24, 22), _INNER, 2)
    code = _fit(card.code, BOLD, (76, 60, 40), _INNER, 1)
    advice_top = HEIGHT - _BAND // 2 - _height(advice)
    code_top = advice_top - _height(code)
    qr_top = code_top - _QUIET - _QR
    picture.paste(qr_image(card.token, _MODULE), ((WIDTH - _QR) // 2, qr_top))
    _centre(draw, code, BOLD, code_top, fill=_BLACK)
    _centre(draw, advice, REGULAR, advice_top, fill=_GREY)

    _details(draw, card, top=band + _GAP // 2, bottom=qr_top - _QUIET)
    out = BytesIO()
    # Level 1: a third of the time of the default, for a few kB more.
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _mark(draw: ImageDraw.ImageDraw, words: str, top: int) -> int:
    """Words in a frame across the picture; where the rest begins."""
    mark = _fit(words, BOLD, (38, 34, 30, 26), _INNER - _GAP, 1)
    box = (_MARGIN, top + _GAP // 2, WIDTH - _MARGIN, top + _GAP // 2 + _height(mark) + _GAP // 2)
    draw.rectangle(box, outline=_BLACK, width=6)
    _centre(draw, mark, BOLD, round(box[1]) + _GAP // 4, fill=_BLACK)
    return round(box[3])


def _details(draw: ImageDraw.ImageDraw, card: PassCard, *, top: int, bottom: int) -> None:
    """Day, hours, lane, place; and beside them, for how many."""
    room = bottom - top
    lines = fit_block(
        card.lines,
        width=_INNER - _PERSONS - _GAP,
        room=room,
        choices=((38, 1), (34, 2), (30, 2), (26, 2), (24, 3), (22, 3)),
        height=_height,
        measure=partial(width_of, MEDIUM),
    )
    y = top + (room - sum(map(_height, lines))) // 2
    for line in lines:
        _write(draw, line, MEDIUM, _MARGIN, y, fill=_BLACK)
        y += _height(line)
    persons = _fit(card.persons, BOLD, (60, 52, 46, 40, 34, 28, 24), _PERSONS - 2 * _GAP, 3)
    height = min(room, max(_height(persons) + _GAP, 110))
    box_top = top + (room - height) // 2
    left = WIDTH - _MARGIN - _PERSONS
    draw.rounded_rectangle(
        (left, box_top, WIDTH - _MARGIN, box_top + height), 14, outline=_BLACK, width=4, fill=_WHITE
    )
    y = box_top + (height - _height(persons)) // 2
    for words in persons.lines:
        indent = (_PERSONS - width_of(BOLD, words, persons.size)) / 2
        draw.text((left + indent, y), words, font=font(persons.size, BOLD), fill=_BLACK)
        y += _line(persons)


def _fit(text: str, weight: int, sizes: tuple[int, ...], width: int, most_lines: int) -> Fitted:
    return fit(text, width=width, sizes=sizes, most_lines=most_lines, measure=partial(width_of, weight))


def _line(fitted: Fitted) -> int:
    return round(fitted.size * _LEADING)


def _height(fitted: Fitted) -> int:
    return len(fitted.lines) * _line(fitted)


def _write(draw: ImageDraw.ImageDraw, text: Fitted, weight: int, x: int, y: int, *, fill: int) -> None:
    for line in text.lines:
        # Noto's own ascent leaves much air above; a little of it is taken back.
        draw.text((x, y - text.size * 0.06), line, font=font(text.size, weight), fill=fill)
        y += _line(text)


def _centre(draw: ImageDraw.ImageDraw, text: Fitted, weight: int, y: int, *, fill: int) -> None:
    for line in text.lines:
        x = (WIDTH - width_of(weight, line, text.size)) / 2
        draw.text((x, y - text.size * 0.06), line, font=font(text.size, weight), fill=fill)
        y += _line(text)
