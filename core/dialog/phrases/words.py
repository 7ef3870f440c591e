"""The words free text is understood by: tables, and the look-up in them. No logic of sentences.

A word that stands in no table makes a phrase unclear, so that it is asked back. Words that turn a
sentence round or bound it («δεν», «εκτός», «μετά», «πριν», «κάθε», "not", "after", "every") and names of
activities are therefore missing on purpose. Forms are separated by commas; one that ends in a full stop
is an abbreviation and known in this spelling only, other Greek ones are known in Greeklish too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.dialog.phrases.letters import normalise, sounds

Value = int | str | tuple[int, int]


@dataclass(frozen=True)
class Meaning:
    """What a word is (`kind`, a name the grammar uses) and which of its kind (`value`)."""

    kind: str
    value: Value = 0


_WEEKDAYS = {
    0: "Δευτέρα, Δευτέρας, Δευτ., Δευ., Δε., Monday, Mon",
    1: "Τρίτη, Τρίτης, Τρι., Τρ., Tuesday, Tue, Tues",
    2: "Τετάρτη, Τετάρτης, Τετ., Τε., Wednesday, Wed",
    3: "Πέμπτη, Πέμπτης, Πεμπ., Πεμ., Πε., Thursday, Thu, Thur, Thurs",
    4: "Παρασκευή, Παρασκευής, Παρ., Πα., Friday, Fri",
    5: "Σάββατο, Σαββάτου, Σαβ., Σα., Saturday, Sat",
    6: "Κυριακή, Κυριακής, Κυρ., Κυ., Sunday, Sun",
}
_MONTHS = {
    1: "Ιανουάριος, Ιανουαρίου, Γενάρη, Ιαν., January, Jan",
    2: "Φεβρουάριος, Φεβρουαρίου, Φλεβάρη, Φεβ., February, Feb",
    3: "Μάρτιος, Μαρτίου, Μάρτη, Μαρ., March, Mar",
    4: "Απρίλιος, Απριλίου, Απρίλη, Απρ., April, Apr",
    5: "Μάιος, Μαΐου, Μάη, Μαι., May",
    6: "Ιούνιος, Ιουνίου, Ιούνη, Ιουν., June, Jun",
    7: "Ιούλιος, Ιουλίου, Ιούλη, Ιουλ., July, Jul",
    8: "Αύγουστος, Αυγούστου, Αυγ., August, Aug",
    9: "Σεπτέμβριος, Σεπτεμβρίου, Σεπτέμβρη, Σεπ., Σεπτ., September, Sep, Sept",
    10: "Οκτώβριος, Οκτωβρίου, Οκτώβρη, Οκτ., October, Oct",
    11: "Νοέμβριος, Νοεμβρίου, Νοέμβρη, Νοε., November, Nov",
    12: "Δεκέμβριος, Δεκεμβρίου, Δεκέμβρη, Δεκ., December, Dec",
}
_DAYS_FROM_TODAY = {
    -1: "χθες, χτες, εχθές, εχτές, προχθές, προχτές, yesterday, the day before yesterday",
    0: "σήμερα, τώρα, today, now",
    1: "αύριο, tomorrow, tommorow, tomorow, tommorrow, tmrw, tmr",
    2: "μεθαύριο, the day after tomorrow, day after tomorrow",
    3: "αντιμεθαύριο",
}
_NUMBERS = {
    0: "μηδέν, zero",
    1: "ένα, ένας, έναν, μία, one",
    2: "δύο, two",
    3: "τρία, τρεις, τριών, three",
    4: "τέσσερα, τέσσερις, τέσσερεις, τεσσάρων, four",
    5: "πέντε, five",
    6: "έξι, six",
    7: "επτά, εφτά, seven",
    8: "οκτώ, οχτώ, eight",
    9: "εννέα, εννιά, nine",
    10: "δέκα, ten",
    11: "έντεκα, ένδεκα, eleven",
    12: "δώδεκα, twelve",
    13: "δεκατρία, δεκατρείς, thirteen",
    14: "δεκατέσσερα, δεκατέσσερις, fourteen",
    15: "δεκαπέντε, fifteen",
    16: "δεκαέξι, δεκάξι, sixteen",
    17: "δεκαεπτά, δεκαεφτά, seventeen",
    18: "δεκαοκτώ, δεκαοχτώ, eighteen",
    19: "δεκαεννέα, δεκαεννιά, nineteen",
    20: "είκοσι, twenty",
    30: "τριάντα, thirty",
    40: "σαράντα, forty",
    50: "πενήντα, fifty",
    60: "εξήντα, sixty",
    70: "εβδομήντα, seventy",
    80: "ογδόντα, eighty",
    90: "ενενήντα, ninety",
    100: "εκατό, εκατόν, hundred, one hundred, a hundred",
    1000: "χίλια, χίλιοι, χίλιες, thousand, one thousand, a thousand",
}
# «τρίτη», «τετάρτη» and «πέμπτη» are weekdays unless a lane follows.
_ORDINALS = {
    1: "πρώτη, πρώτο, πρώτης, first",
    2: "δεύτερη, δεύτερο, second",
    3: "τρίτο, third",
    4: "fourth",
    5: "πέμπτο, fifth",
    6: "έκτη, έκτο, sixth",
}
_HALF_HOURS = {
    1: "μιάμιση",
    2: "δυόμισι",
    3: "τρεισήμισι",
    4: "τεσσερισήμισι, τεσσερεισήμισι",
    5: "πεντέμισι",
    6: "εξίμισι, εξήμισι",
    7: "επτάμισι, εφτάμισι",
    8: "οκτώμισι, οχτώμισι",
    9: "εννιάμισι, εννέαμισι",
    10: "δεκάμισι",
    11: "εντεκάμισι",
    12: "δωδεκάμισι",
}
_MINUTES_MORE = {
    15: "και τέταρτο, κ. τέταρτο",
    30: "και μισή, κ. μισή, και μισό, ½, μισή",
    -15: "παρά τέταρτο",
}
_MINUTES_BEFORE_HOUR = {
    15: "quarter past, a quarter past",
    30: "half past",
    -15: "quarter to, a quarter to, quarter till",
}
_PARTS = {
    "morning": "πρωί, πρωινό, morning",
    "noon": "μεσημέρι",
    "afternoon": "απόγευμα, απογευματινό, afternoon",
    "evening": "βράδυ, βραδάκι, νύχτα, evening, night",
    "am": "πμ., am",
    "pm": "μμ., mm, pm",
}
_COMMANDS = {
    "back": "πίσω, προηγούμενο, back, go back, previous",
    "cancel": "άκυρο, ακύρωση, ακυρώνω, ακυρώσω, ακυρώστε, cancel, stop",
    "help": "βοήθεια, help",
    "pass": "πάσο, pass, qr",
    "menu": "μενού, αρχή, αρχική, menu, start, home",
    "my_bookings": "κρατήσεις, bookings, reservations",
    "repeat": "επανάληψη, επαναλάβετε, ξανά, πάλι, repeat, again",
    "language": "γλώσσα, ελληνικά, αγγλικά, language, english, greek",
}
_PLAIN = {
    "yes": "ναι, μάλιστα, βέβαια, βεβαίως, φυσικά, σωστά, εντάξει, οκ., "
    "yes, yep, yeah, y, ok, okay, sure, correct",
    "no": "όχι, no, nope, n",
    "at": "στις, τις, at, @",
    "on": "on",
    "for": "για, for",
    "in": "σε, in",
    "with": "με, with",
    "and": "και, κ., &, and",
    "or": "ή, or",
    "minus": "παρά",
    "below": "μείον, minus",
    "past": "past",
    "half": "half",
    "oclock": "η ώρα, oclock",
    "hour": "ώρα",
    "next": "επόμενη, επόμενης, επόμενο, άλλη, next",
    "this": "αυτή, αυτό, αυτήν, this",
    "last": "προηγούμενη, περασμένη, περασμένο, last",
    "week": "εβδομάδα, εβδομάδας, βδομάδα, βδομάδας, εβδομάδες, week, weeks",
    "weekend": "Σαββατοκύριακο, weekend",
    "days": "μέρες, ημέρες, μέρα, ημέρα, days, day",
    "of_month": "μήνα, μηνός, month",
    "tonight": "απόψε, tonight",
    "persons": "άτομα, άτομο, πρόσωπα, πρόσωπο, θέσεις, θέση, εισιτήρια, εισιτήριο, παίκτες, "
    "persons, person, people, places, seats, seat, tickets, ticket, players, guests, guest",
    "alone": "μόνο εγώ, εγώ μόνο, μόνος μου, μόνη μου, just me, only me, alone",
    "we_are": "είμαστε, we are, were",
    "place": "διαδρομή, διαδρομής, γήπεδο, lane, court",
    "thing": "κράτηση, κράτησης., booking, reservation",
    "greeting": "γεια., γεια σας, γεια σου, καλημέρα, καλησπέρα, καλό βράδυ, καλό απόγευμα, καλό μεσημέρι, "
    "hello, hi, good morning, good afternoon, good evening, good night",
    "glue": "ο, οι, το, τα, του, της, τη, την, τον, των, στο, στη, στην, στον, να, θα, νο., μου, μας, σας, "
    "θέλω, θέλουμε, ήθελα, θα ήθελα, κλείσω, κλείσουμε, κλείστε, κλείσε, κλείσετε, "
    "παρακαλώ, ευχαριστώ, περίπου, ημερομηνία, se, na, ta, oi, th, "
    "the, a, an, of, to, i, we, my, us, me, id like, would like, want, book, "
    "please, thanks, thank you, about, around, date, time, 🙂, 😊, 😀, 🙏, ❤",
}
_FIXED_HOURS: dict[tuple[int, int], str] = {
    (1, 0): "στη μία, στις μία, στη 1",
    (12, 0): "noon, midday, 12 noon",
    (0, 0): "μεσάνυχτα, midnight, 12 midnight",
}

_SHORTEST_SOUND = (
    3  # "ne" is yes to a Greek and no to many a guest: two letters are known by their spelling only
)
LONGEST_FORM = 4  # words


def _tables() -> Iterator[tuple[str, Meaning]]:
    tables: tuple[tuple[str, dict[int, str] | dict[str, str] | dict[tuple[int, int], str]], ...] = (
        ("weekday", _WEEKDAYS),
        ("month", _MONTHS),
        ("from_today", _DAYS_FROM_TODAY),
        ("number", _NUMBERS),
        ("ordinal", _ORDINALS),
        ("half_hour", _HALF_HOURS),
        ("more", _MINUTES_MORE),
        ("before_hour", _MINUTES_BEFORE_HOUR),
        ("part", _PARTS),
        ("command", _COMMANDS),
        ("fixed_hour", _FIXED_HOURS),
    )
    for kind, table in tables:
        for value, forms in table.items():
            yield forms, Meaning(kind, value)
    for kind, forms in _PLAIN.items():
        yield forms, Meaning(kind)


def _index() -> tuple[dict[str, Meaning], dict[str, Meaning | None]]:
    """Meanings by spelling and by sound."""
    spelled: dict[str, Meaning] = {}
    sounded: dict[str, Meaning | None] = {}
    for forms, meaning in _tables():
        for form in forms.split(", "):
            words = normalise(form.replace(".", "")).split()
            spelled[" ".join(words)] = meaning
            if form.endswith(".") or form.isascii():
                continue
            for sound in _sounds_of(words):
                # A sound that two meanings share means nothing.
                sounded[sound] = meaning if sounded.get(sound, meaning) == meaning else None
    return spelled, sounded


def _sounds_of(words: list[str], beginnings: frozenset[str] | None = None) -> set[str]:
    """How some words may sound together; of these only the known `beginnings`, if any are given."""
    heard = {""}
    for word in words:
        heard = {f"{before} {sound}".strip() for before in heard for sound in sounds(word)}
        if beginnings is not None:
            heard &= beginnings
    return heard


def _beginnings(forms: Iterable[str]) -> frozenset[str]:
    """The forms and their first words: words that begin none are given up early, however many sounds."""
    return frozenset(" ".join(form.split()[:n]) for form in forms for n in range(1, LONGEST_FORM + 1))


def look_up(words: list[str]) -> Meaning | None:
    """What some normalised words mean together: as they are spelled, else as they sound."""
    form = " ".join(words)
    if form in _SPELLED:
        return _SPELLED[form]
    if len(form) < _SHORTEST_SOUND:
        return None
    found = {meaning for sound in _sounds_of(words, _BEGINNINGS) if (meaning := _SOUNDED.get(sound))}
    return found.pop() if len(found) == 1 else None


_SPELLED, _SOUNDED = _index()
_BEGINNINGS = _beginnings(_SOUNDED)

_AROUND_A_WISH = (
    "θέλω, να, κλείσω, κράτηση, για, στο, στη, στην, σε, i, want, to, book, the, a, an, for, at, in"
)
AROUND_A_WISH = frozenset(normalise(word.strip()) for word in _AROUND_A_WISH.split(","))
"""Words beside an activity's name that say nothing of day or hour."""
