from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from core.errors import Refused
from core.messages.segments import segments
from core.messages.texts import Texts
from core.tracing import personal, wording
from core.tracing.personal import Vocabulary
from core.tracing.wording import TEMPLATES, Fixed, Free
from tests.tracing.town import DRAFTER, NINE, Alkyona, morning

GOOD = {
    "el": "Την Τρίτη υπήρχε κρούσμα στον χώρο {where}, {when}. Ο Δήμος Αλκυόνας σας ζητά: κάντε εξέταση.",
    "en": "On Tuesday there was a case at {where}, {when}. Please take a test.",
}


async def refusal(town: Alkyona, greek: str) -> str | None:
    try:
        await town.panel.preview(DRAFTER, morning(), Free({**GOOD, "el": greek}))
    except Refused as refused:
        return refused.code
    return None


async def test_free_text_is_framed_and_says_where_and_when(town: Alkyona) -> None:
    await town.crowd()
    preview = await town.panel.preview(DRAFTER, morning(), Free(GOOD))
    assert preview.texts["el"].startswith("Δήμος Αλκυόνας: Την Τρίτη υπήρχε κρούσμα στον χώρο Hall, Τρίτη 1 ")
    assert preview.texts["el"].endswith("Πείτε το και σε όσους ήταν μαζί σας. Πληροφορίες: 2100000000.")
    assert preview.segments == {"el": 6 * segments(preview.texts["el"]).count, "en": 0}


@pytest.mark.parametrize(
    ("greek", "reason"),
    [
        ("Υπήρχε κρούσμα στον χώρο {where}, προχθές το βράδυ.", "missing_part"),
        ("Υπήρχε κρούσμα {where} {when} {name}.", "missing_part"),
        ("Υπήρχε κρούσμα {where.__class__} {when}.", "missing_part"),
        ("Υπήρχε κρούσμα {where!r} {when:>999999}.", "missing_part"),
        ("Υπήρχε κρούσμα {where {when}", "missing_part"),
        ("{where}{when}", "too_short"),
        ("Υπήρχε κρούσμα {where} {when}." + "α" * 300, "too_wordy"),
        ("Υπήρχε κρούσμα {where} {when}. Καλέστε 6912345678.", "has_number"),
        ("Υπήρχε κρούσμα {where} {when}. Καλέστε 210 12 34 567.", "has_number"),
        ("Υπήρχε κρούσμα {where} {when}. Καλέστε +30-691-234-5678.", "has_number"),
        ("Υπήρχε κρούσμα {where} {when}. Καλέστε ٦٩١٢٣٤٥٦٧٨.", "has_number"),
        ("Υπήρχε κρούσμα {where} {when}. ΑΜΚΑ 01018012345.", "has_number"),
        ("Υπήρχε κρούσμα {where} {when}. Δείτε το kerdise.gr τώρα.", "has_link"),
        ("Υπήρχε κρούσμα {where} {when}. Γράψτε στο info@alkyona.", "has_link"),
        ("Υπήρχε κρούσμα {where} {when}, ο Γιώργος Ελευθερίου.", "has_name"),
        ("Γιώργος Ελευθερίου ήταν το κρούσμα {where} {when}.", "has_name"),
        ("Το κρούσμα {where} {when} ήταν ο Παπαδόπουλος.", "has_name"),
        ("Το κρούσμα {where} {when} ήταν η κ. Μαρία.", "has_name"),
        ("Το κρούσμα {where} {when} ήταν η κυρία μαρία.", "has_name"),
    ],
)
async def test_a_text_that_must_not_go_out_is_refused_with_its_reason(
    town: Alkyona, greek: str, reason: str
) -> None:
    await town.crowd()
    assert await refusal(town, greek) == f"tracing.{reason}"


@pytest.mark.parametrize(
    "text",
    [
        "Υπήρχε κρούσμα στις 1/12/2026, 10:00–12:00. Ο ΕΟΔΥ ζητά εξέταση μέσα σε 48 ώρες.",
        "Ο Δήμος Αλκυόνας και το Κέντρο Υγείας σας ενημερώνουν. Μείνετε στο σπίτι για 5 ημέρες.",
        "Όσοι ήταν στο Hall την Τρίτη 1 Δεκεμβρίου. Κάντε εξέταση.",
    ],
)
def test_ordinary_words_are_not_taken_for_names(vocabulary: Vocabulary, text: str) -> None:
    personal.check(text, vocabulary, "GR")


@pytest.fixture
def vocabulary() -> Vocabulary:
    texts = Texts(ZoneInfo("Europe/Athens"))
    known = [texts.say("tracing.ordinary", "el"), "Δήμος Αλκυόνας", "Hall"]
    return Vocabulary.of(known, texts.say("tracing.titles", "el"), texts.say("tracing.family_endings", "el"))


async def test_every_fixed_text_can_be_said_in_every_language(town: Alkyona) -> None:
    await town.crowd()
    claim = await town.claims.make(morning(), Fixed("exposure", {"advice": "test"}))
    for template, params in TEMPLATES.items():
        (name,) = params
        for value in params[name]:
            said = await town.wordings.said(Fixed(template, {name: value}), morning(), claim.found)
            assert set(said) == {"el", "en"}
            assert "Hall" in said["el"]
            assert segments(said["el"]).count <= 6


@pytest.mark.parametrize(
    "written",
    [
        {"template": "exposure", "params": {"advice": "Στείλτε χρήματα"}},
        {"template": "exposure", "params": {}},
        {"template": "exposure", "params": {"advice": ["test"]}},
        {"template": "other", "params": {}},
        {"template": ["exposure"], "params": {"advice": "test"}},
        {"texts": ["a"]},
        {"texts": {"el": 5}},
        "words",
        None,
    ],
)
def test_a_wording_from_outside_the_lists_is_refused(written: object) -> None:
    with pytest.raises(Refused, match="malformed"):
        wording.read(written)


async def test_twenty_previews_an_hour_each_in_the_audit_log(town: Alkyona) -> None:
    from core.db.schema import audit

    await town.crowd()
    for _ in range(20):
        await town.panel.preview(DRAFTER, morning(), Free(GOOD))
    with pytest.raises(Refused, match="too_many_previews"):
        await town.panel.preview(DRAFTER, morning(), Free(GOOD))
    await town.panel.preview(DRAFTER + 1, morning(), Free(GOOD))
    entries = await town.rows(audit, audit.c.action == "tracing.previewed")
    assert len(entries) == 21
    assert entries[0].facts["facility"] == "hall"
    town.clock.move(hours=1)
    await town.panel.preview(DRAFTER, morning(start=NINE), Free(GOOD))
