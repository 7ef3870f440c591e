"""Pictures of passes and of occupancy: read back by a QR reader, and looked at by the pixel."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from core.adapters.painting import InkPainter
from core.adapters.painting.text import fit, fit_block, wrap
from core.adapters.signing import Ed25519Signer
from core.passes import code, token
from core.ports import OccupancyCell, OccupancyGrid, PassCard

PAINTER = InkPainter()
SIGNER = Ed25519Signer(bytes(range(32)))
SWIM = token.Payload(
    81_985_529_216_486_895,
    3,
    datetime(2026, 12, 1, 17, tzinfo=UTC),
    datetime(2026, 12, 1, 18, tzinfo=UTC),
    2,
)
LONG = "Πρόγραμμα ενδυνάμωσης και αποκατάστασης μυοσκελετικών παθήσεων για άτομα μεγαλύτερης ηλικίας"
ENDLESS = "Ωτορινολαρυγγολογικοενδοκρινολογικός" * 8


def card(title: str = "Ελεύθερη κολύμβηση", lines: Sequence[str] = (), persons: str = "2 άτομα") -> PassCard:
    return PassCard(
        title=title,
        lines=lines or ("Τρίτη 1 Δεκεμβρίου", "19:00–20:00", "Διαδρομή 3", "Δημοτικό Κολυμβητήριο"),
        persons=persons,
        code=code.spaced(code.complete("123456789")),
        token=token.encode(SWIM, SIGNER),
        advice="Δείξτε το στην είσοδο, στην οθόνη ή τυπωμένο. Χωρίς οθόνη αρκεί ο αριθμός.",
    )


def read(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def opened(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png))
    picture.load()
    return picture


CARDS = {
    "usual": card(),
    "long": card(LONG, (LONG, LONG, LONG, LONG), "6 άτομα, 1\u00a0αμαξίδιο"),
    "endless": card(ENDLESS, (ENDLESS,) * 9, ENDLESS),
    "empty": PassCard("", (), "", "", card().token, ""),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_of_any_words_is_read_by_a_camera(name: str) -> None:
    picture = opened(PAINTER.pass_card(CARDS[name]))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (720, 1080))
    assert read(picture) == [card().token]


@pytest.mark.parametrize("blur", [0, 0.8, 1.2])
def test_a_card_240_wide_and_blurred_is_read(blur: float) -> None:
    picture = opened(PAINTER.pass_card(card())).resize((240, 360), Image.Resampling.BOX)
    assert read(picture.filter(ImageFilter.GaussianBlur(blur))) == [card().token]


def test_a_card_with_a_lamp_mirrored_in_its_middle_is_read() -> None:
    picture = opened(PAINTER.pass_card(card()))
    lamp = Image.new("L", (110, 110), 255)
    picture.paste(lamp, (305, 575))
    assert read(picture) == [card().token]


@pytest.mark.parametrize("name", CARDS)
def test_no_words_of_a_card_run_over_its_margins(name: str) -> None:
    picture = opened(PAINTER.pass_card(CARDS[name]))
    assert picture.crop((0, 200, 30, 1080)).getextrema() == (255, 255)
    assert picture.crop((690, 200, 720, 1080)).getextrema() == (255, 255)
    # The title's band: white letters on black.
    assert picture.crop((0, 0, 30, 30)).getextrema() == (0, 0)
    assert picture.crop((690, 0, 720, 30)).getextrema() == (0, 0)


@pytest.mark.parametrize("name", CARDS)
def test_the_code_keeps_its_quiet_zone(name: str) -> None:
    picture = opened(PAINTER.pass_card(CARDS[name]))
    position = zxingcpp.read_barcodes(picture)[0].position
    left, top, right, bottom = 138, position.top_left.y, 582, position.bottom_left.y
    for box in (
        (left - 48, top - 46, right + 48, top - 2),
        (left - 48, bottom + 2, right + 48, bottom + 46),
        (left - 48, top - 46, left, bottom + 46),
        (right, top - 46, right + 48, bottom + 46),
    ):
        assert picture.crop(box).getextrema() == (255, 255)


def test_the_same_pass_gives_the_same_picture() -> None:
    assert PAINTER.pass_card(card()) == PAINTER.pass_card(card())


@pytest.mark.parametrize("wrong", ["", "greek Ω", "lower", "A" * 123])
def test_a_text_that_is_no_token_is_not_drawn(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PAINTER.pass_card(PassCard("", (), "", "", wrong, ""))


@pytest.mark.parametrize("name", CARDS)
def test_a_sheet_is_one_page_of_a4_whose_code_is_read(name: str) -> None:
    pdf = PAINTER.pass_sheet(CARDS[name])
    assert pdf.startswith(b"%PDF-")
    assert re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf) == [(b"595.28", b"841.89")]
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    framed = Image.new("L", (600, 600), 255)
    framed.paste(embedded_image(pdf), (78, 78))
    assert read(framed) == [card().token]


def embedded_image(pdf: bytes) -> Image.Image:
    (thing,) = [part for part in pdf.split(b"endobj") if b"/Subtype /Image" in part]
    facts, stream = thing.split(b"stream\n", 1)
    assert b"/Width 444" in facts
    # A row begins with its PNG filter (ISO 32000-1, 7.4.4.4), here none.
    raw = zlib.decompressobj().decompress(stream)
    rows = [raw[at : at + 445] for at in range(0, len(raw), 445)]
    assert {row[0] for row in rows} == {0}
    return Image.frombytes("L", (444, 444), b"".join(row[1:] for row in rows))


def test_a_sheet_embeds_its_greek_letters() -> None:
    pdf = PAINTER.pass_sheet(card())
    assert pdf.count(b"/FontFile2") == 2
    assert re.search(rb"/BaseFont /\w+\+NotoSans", pdf)


def cell(taken: int, capacity: int = 6, state: str = "open") -> OccupancyCell:
    return OccupancyCell(taken, capacity, state)


LEGEND = (("open", "Ελεύθερες θέσεις"), ("full", "Πλήρες"), ("closed", "Κλειστό"))


def grid(rows: Sequence[Sequence[OccupancyCell]], columns: Sequence[str] = ()) -> OccupancyGrid:
    lanes = columns or [f"Διαδρομή {nth + 1}" for nth in range(len(rows[0]))]
    hours = [(f"{7 + nth:02}:00", row) for nth, row in enumerate(rows)]
    return OccupancyGrid("Κολυμβητήριο, Τρίτη 1 Δεκεμβρίου", lanes, hours, LEGEND)


def painted(what: OccupancyGrid) -> Image.Image:
    picture = opened(PAINTER.occupancy(what))
    assert picture.format == "PNG"
    assert picture.width == 720
    assert picture.width + picture.height <= 10_000, "Telegram's limit for a photo"
    return picture.convert("RGB")


def test_rows_of_past_hours_are_absent() -> None:
    past, now = [cell(6, state="past")] * 6, [cell(2)] * 6
    with_past = painted(OccupancyGrid("Τ", ["Α"] * 6, [("07:00", past), ("08:00", now)], LEGEND))
    without = painted(OccupancyGrid("Τ", ["Α"] * 6, [("08:00", now)], LEGEND))
    assert with_past.tobytes() == without.tobytes()


def test_a_past_hour_among_others_says_nothing() -> None:
    row = [cell(5, state="past"), cell(1)]
    other = [cell(0, state="past"), cell(1)]
    assert painted(grid([row])).tobytes() == painted(grid([other])).tobytes()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cell(1), cell(2)),
        (cell(5), cell(6, state="full")),
        (cell(6), cell(6, state="full")),
        (cell(0), cell(0, state="closed")),
        (cell(6, state="full"), cell(6, state="closed")),
    ],
)
def test_cells_that_differ_are_told_apart_without_colour(one: OccupancyCell, other: OccupancyCell) -> None:
    """By lightness alone, somewhere within the cell, by more than a quarter of the scale."""
    first, second = (painted(grid([[each]])).convert("L") for each in (one, other))
    far = [abs(a - b) for a, b in zip(first.tobytes(), second.tobytes(), strict=True)]
    assert sum(difference > 64 for difference in far) > 60


def test_a_full_cell_is_darker_than_any_open_one_and_a_fuller_one_than_an_emptier() -> None:
    shades = []
    for each in [cell(0), cell(1), cell(3), cell(5), cell(6, state="full")]:
        picture = painted(grid([[each]])).convert("L")
        shades.append(sum(picture.tobytes()))
    assert shades == sorted(shades, reverse=True)
    assert len(set(shades)) == len(shades)


def test_cells_of_a_week_are_large_enough_to_point_at() -> None:
    closed = [[cell(0, state="closed")] * 7]
    picture = painted(grid(closed, ["Δε", "Τρ", "Τε", "Πε", "Πα", "Σα", "Κυ"]))
    grey = (232, 232, 232)
    row = next(
        y for y in range(picture.height) if sum(picture.getpixel((x, y)) == grey for x in range(720)) > 350
    )
    runs = re.findall(
        "g+", "".join("g" if picture.getpixel((x, row + 6)) == grey else " " for x in range(720))
    )
    assert len(runs) == 7
    assert min(map(len, runs)) >= 56
    left = next(x for x in range(720) if picture.getpixel((x, row + 6)) == grey) + 8
    column = "".join("g" if picture.getpixel((left, y)) == grey else " " for y in range(picture.height))
    assert max(map(len, re.findall("g+", column))) >= 56


def test_many_lanes_are_painted_below_one_another() -> None:
    few, many = (painted(grid([[cell(1)] * lanes], ["Α"] * lanes)) for lanes in (6, 24))
    assert many.height > few.height + 100


@pytest.mark.parametrize(
    "what",
    [
        OccupancyGrid("", [], [], []),
        grid([[cell(0, 0)]]),
        grid([[cell(1200, 2500)] * 8] * 18),
        grid([[cell(6, state="past")] * 6] * 3),
        OccupancyGrid(ENDLESS, [ENDLESS] * 30, [(ENDLESS, [cell(3)] * 30)], [("full", ENDLESS)] * 4),
        OccupancyGrid("Τ", ["Α", "Β", "Γ"], [("07:00", [cell(3)])], LEGEND),
    ],
    ids=["empty", "no places", "thousands", "all past", "endless words", "missing cells"],
)
def test_any_grid_is_painted_within_its_margins(what: OccupancyGrid) -> None:
    picture = painted(what)
    white = ((255, 255),) * 3
    assert picture.crop((0, 0, 14, picture.height)).getextrema() == white
    assert picture.crop((707, 0, 720, picture.height)).getextrema() == white


def by_letter(text: str, size: int) -> float:
    return len(text) * size


def test_words_stay_whole_at_the_largest_size_that_takes_them() -> None:
    fitted = fit("ένα δύο τρία", width=16, sizes=(4, 3, 2), most_lines=2, measure=by_letter)
    assert (fitted.lines, fitted.size, fitted.whole) == (("ένα δύο", "τρία"), 2, True)


def test_a_word_too_wide_is_broken_and_a_text_too_long_is_cut() -> None:
    fitted = fit("αβγδεζηθικλ μν", width=4, sizes=(1,), most_lines=2, measure=by_letter)
    assert (fitted.lines, fitted.whole) == (("αβγδ", "εζη…"), False)


def test_a_no_break_space_holds_words_together() -> None:
    assert wrap("2 άτομα, 1\u00a0καρότσι", 11, len) == ["2 άτομα,", "1\u00a0καρότσι"]


def test_a_block_leaves_out_what_has_no_room() -> None:
    block = fit_block(
        ["α", "β", "γ"], width=9, room=2, choices=((1, 1),), height=lambda text: text.size, measure=by_letter
    )
    assert [text.lines for text in block] == [("α",), ("β",)]
