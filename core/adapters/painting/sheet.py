"""A pass on paper: A4, folded twice to A6 with the print outwards. Lengths in millimetres, letters in points.

Folding the top half back and then the left half back leaves the lower right quarter in front and the lower
left behind, both upright: the front is the pass, the back its code in large digits. The top half stays
white, inside.
"""

from __future__ import annotations

from functools import partial

from fpdf import FPDF

from core.adapters.painting.fonts import font_files
from core.adapters.painting.qr import MODULES, qr_image
from core.adapters.painting.text import Fitted, fit, fit_block
from core.ports import PassCard

_A4 = (210.0, 297.0)
_QUARTER = (_A4[0] / 2, _A4[1] / 2)
_MARGIN = 8.0
_INNER = _QUARTER[0] - 2 * _MARGIN
_QR = 58.0
_QUIET = _QR * 4 / MODULES
_POINT = 25.4 / 72
_LEADING = 1.25


def paint_sheet(card: PassCard) -> bytes:
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    regular, bold = font_files()
    pdf.add_font("noto", "", regular)
    pdf.add_font("noto", "B", bold)
    pdf.set_auto_page_break(False)
    pdf.set_title(card.title)
    pdf.add_page()
    _folds(pdf)
    _front(pdf, card, left=_QUARTER[0] + _MARGIN, top=_QUARTER[1] + _MARGIN)
    _back(pdf, card, left=_MARGIN, top=_QUARTER[1] + _MARGIN)
    return bytes(pdf.output())


def _folds(pdf: FPDF) -> None:
    pdf.set_draw_color(150)
    pdf.set_line_width(0.2)
    pdf.set_dash_pattern(dash=2, gap=2)
    pdf.line(0, _QUARTER[1], _A4[0], _QUARTER[1])
    pdf.line(_QUARTER[0], 0, _QUARTER[0], _A4[1])
    pdf.set_dash_pattern()


def _front(pdf: FPDF, card: PassCard, *, left: float, top: float) -> None:
    bottom = _A4[1] - _MARGIN
    y = _write(pdf, _fit(pdf, card.title, "B", (18, 16, 14, 12, 11, 10), 3), "B", left, top) + 2
    if card.mark:
        y = _write(pdf, _fit(pdf, card.mark, "B", (15, 13, 12, 11), 2), "B", left, y) + 1
    persons = _fit(pdf, card.persons, "B", (20, 18, 16, 14, 12), 2)
    code = _fit(pdf, card.code, "B", (24, 18), 1)
    code_top = bottom - _height(code)
    qr_top = code_top - _QUIET - _QR + 2
    room = qr_top - _QUIET - y - _height(persons)
    lines = fit_block(
        card.lines,
        width=_INNER,
        room=room,
        choices=((15, 1), (13, 2), (12, 2), (11, 2), (10, 3), (9, 3)),
        height=_height,
        measure=partial(_width, pdf, ""),
    )
    for line in lines:
        y = _write(pdf, line, "", left, y)
    _write(pdf, persons, "B", left, y + 1)
    pdf.image(qr_image(card.token, 12), left + (_INNER - _QR) / 2, qr_top, _QR, _QR, alt_text=card.code)
    _write(pdf, code, "B", left, code_top, centred=True)


def _back(pdf: FPDF, card: PassCard, *, left: float, top: float) -> None:
    title = _fit(pdf, card.title, "B", (16, 14, 12, 11, 10), 3)
    y = _write(pdf, title, "B", left, top, centred=True)
    if card.mark:
        y = _write(pdf, _fit(pdf, card.mark, "B", (15, 13, 12, 11), 2), "B", left, y + 2, centred=True)
    code = _fit(pdf, card.code, "B", (38, 34, 30, 24, 18), 1)
    _write(pdf, code, "B", left, (y + _A4[1] - _MARGIN - _height(code)) / 2, centred=True)
    advice = _fit(pdf, card.advice, "", (12, 11, 10), 4)
    _write(pdf, advice, "", left, _A4[1] - _MARGIN - _height(advice), centred=True)


def _fit(pdf: FPDF, text: str, style: str, sizes: tuple[int, ...], most_lines: int) -> Fitted:
    return fit(text, width=_INNER, sizes=sizes, most_lines=most_lines, measure=partial(_width, pdf, style))


def _width(pdf: FPDF, style: str, text: str, size: int) -> float:
    pdf.set_font("noto", style, size)
    return pdf.get_string_width(text)


def _height(fitted: Fitted) -> float:
    return len(fitted.lines) * fitted.size * _POINT * _LEADING


def _write(pdf: FPDF, text: Fitted, style: str, left: float, top: float, *, centred: bool = False) -> float:
    """Answers where the next line goes."""
    pdf.set_font("noto", style, text.size)
    step = text.size * _POINT * _LEADING
    for line in text.lines:
        x = left + (_INNER - pdf.get_string_width(line)) / 2 if centred else left
        # fpdf2 writes on the base line.
        pdf.text(x, top + step * 0.8, line)
        top += step
    return top
