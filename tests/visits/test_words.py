"""Every reason of the gate can be said in both languages, with what it names."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.dialog.words import Text, Written
from core.errors import Refused
from core.messages.texts import Texts
from core.visits import told
from core.visits.scans import Verdict

TEN = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
POOL = Written({"el": "Κολυμβητήριο", "en": "Pool"})


@pytest.mark.parametrize(
    ("reason", "greek"),
    [
        (Refused("visits.other_facility", where=POOL), "Το πάσο δεν είναι για εδώ, αλλά για: Κολυμβητήριο."),
        (Refused("visits.too_late", when=TEN), "Η είσοδος για αυτή την ώρα έκλεισε στις 10:00."),
        (Refused("visits.fewer_left", n=1), "Με αυτό το πάσο μπορεί να μπει ακόμη 1 άτομο."),
        (Refused("visits.which_way", inside=3, remaining=1), "Μέσα: 3. Απέξω: 1. Διαλέξτε είσοδο ή έξοδο."),
    ],
)
def test_a_verdict_that_was_kept_says_the_same(reason: Refused, greek: str) -> None:
    verdict = Verdict(reason, "entry", 0, 3, 1, 5, "A3F-91C", 40_000)
    again = told.tell(told.keep(verdict))
    assert again.reason is not None
    assert (again.reason.code, again.reason.params) == (reason.code, reason.params)
    assert again.repeated
    texts = Texts(ZoneInfo("Europe/Athens"))
    assert texts.say(Text(again.reason.text_key, again.reason.params), "el") == greek
    assert texts.say(Text(again.reason.text_key, again.reason.params), "en") != greek
