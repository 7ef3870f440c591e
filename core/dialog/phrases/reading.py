"""What a phrase means: the groups heard in it weighed against each other, and doubts kept as doubts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from core.dialog.phrases.grammar import hear
from core.dialog.phrases.groups import Heard
from core.dialog.phrases.moments import WEEK, Impossible, day_of_month, day_of_year, readings
from core.dialog.phrases.tokens import Token, Unclear, tokens_of

LONGEST = 300
"""Characters. Longer texts are not read: nobody needs them to say a day and an hour."""

_LAST_NIGHT_HOUR = 5
_DAY_FAULTS = frozenset({"no_such_day", "past_day"})


@dataclass(frozen=True)
class Phrase:
    """What a text was understood to say. Empty when nothing was: then the question is asked again.

    `days` and `times` are candidates in order, local to Europe/Athens: with more than one, ask which.
    `number` is not checked against any range; `number_of` is what it was said to be of: "person" (a count),
    "place" (the number of a lane or court), or None for a bare one. A bare number also gives the hours it may
    mean: the step that listens knows whether it wants a number or an hour, and must take it once. `command`
    is one of back, cancel, help, pass, menu, my_bookings, repeat, language, report. `faults` are codes: no_such_day,
    no_such_time, past_day; what is at fault is not among the candidates.
    """

    days: tuple[date, ...] = ()
    times: tuple[time, ...] = ()
    number: int | None = None
    yes: bool | None = None
    command: str | None = None
    faults: tuple[str, ...] = ()
    number_of: str | None = None


def understand(text: str, *, today: date, now: time) -> Phrase:
    """What `text` says, in Greek, Greeklish or English, on the day `today` at `now`, Europe/Athens.

    Never raises. A phrase with a word that is not known is not understood at all, since that word may be the
    one that matters («δεν», "except", another activity).
    """
    if len(text) > LONGEST:
        return Phrase()
    try:
        return _weighed(tokens_of(text), today, now)
    except Unclear:
        return Phrase()


def _weighed(tokens: list[Token], today: date, now: time) -> Phrase:
    heard = hear(tokens, today)
    _settle_dotted(heard)
    _settle_large_hours(heard)
    _settle_bare_hour(heard)
    number, number_of = _number(heard)
    days = _days(heard)
    times = set() if "no_such_time" in heard.faults else heard.times
    days, times = _upcoming(heard, days, times, now)
    days = _around_midnight(heard, days, times)
    phrase = Phrase(
        days=tuple(sorted(days)),
        times=tuple(sorted(times)),
        number=number,
        number_of=number_of,
        yes=_answer(heard),
        command=_command(heard),
        faults=tuple(sorted(heard.faults)),
    )
    _one_thing(phrase)
    return phrase


def _settle_dotted(heard: Heard) -> None:
    """`8.12` is a date or an hour: whichever exists, or whichever the rest of the phrase lacks."""
    for first, second in heard.dotted:
        try:
            times = readings(first, second)
        except Impossible:
            times = frozenset()
        try:
            day = day_of_year(first, second, None, heard.today)
        except Impossible as fault:
            if not times:
                heard.faults.add(fault.code)
            heard.times |= times
            continue
        if not times or (heard.times and not heard.dates):
            heard.dates.add(day)
        elif (heard.dates or heard.weekdays) and not heard.times and not _names(heard.weekdays, day):
            heard.times |= times
        else:
            raise Unclear


def _names(weekdays: set[date], day: date) -> bool:
    """Whether the weekday of `day` was named."""
    return day.weekday() in {named.weekday() for named in weekdays}


def _settle_large_hours(heard: Heard) -> None:
    """«στις 25» is the 25th, where no other day was named."""
    for number in heard.large_hours:
        if heard.dates or heard.weekdays:
            heard.faults.add("no_such_time")
            continue
        heard.dates.add(day_of_month(number, heard.today))


def _settle_bare_hour(heard: Heard) -> None:
    """A part of the day makes an hour of a bare number, and chooses among readings already found."""
    if not heard.parts:
        return
    if len(heard.parts) > 1:
        if heard.times or heard.bare:
            raise Unclear
        return
    (part,) = heard.parts
    try:
        if len(heard.bare) == 1 and not heard.times:
            heard.times |= readings(heard.bare.pop(), 0, part=part)
        elif heard.times:
            heard.times = _within(heard.times, part)
    except Impossible as fault:
        heard.faults.add(fault.code)


def _within(times: set[time], part: str) -> set[time]:
    kept: set[time] = set()
    for moment in times:
        try:
            kept |= readings(moment.hour, moment.minute, part=part, exact=True) & {moment}
        except Impossible:
            continue
    if not kept:
        raise Impossible("no_such_time")
    return kept


def _number(heard: Heard) -> tuple[int | None, str | None]:
    """The number said, if it can be only one, and of what; a bare one leaves its hours among the times."""
    counted = set(heard.counted)
    if heard.times:
        counted |= {(number, "person") for number in heard.perhaps_counted}
    bare = heard.bare + ([] if heard.times else sorted(heard.perhaps_counted))
    if len(bare) > 1 or (bare and heard.times):
        raise Unclear
    if heard.ordinals:
        if len(heard.ordinals) > 1 or bare or counted or heard.times or heard.dates or heard.weekdays:
            raise Unclear
        return heard.ordinals[0], None
    if bare and 0 <= bare[0] <= 24:
        heard.times |= readings(bare[0], 0)
    elif bare and counted:
        raise Unclear
    if counted:
        return counted.pop() if len(counted) == 1 else (None, None)
    return (bare[0], None) if bare else (None, None)


def _days(heard: Heard) -> set[date]:
    if heard.faults & _DAY_FAULTS:
        return set()
    if heard.weekdays and heard.dates and not heard.alternatives:
        agreed = {day for day in heard.dates if _names(heard.weekdays, day)}
        if not agreed:
            heard.faults.add("no_such_day")
        return agreed
    return heard.weekdays | heard.dates


def _upcoming(heard: Heard, days: set[date], times: set[time], now: time) -> tuple[set[date], set[time]]:
    """Hours of today that are over are not meant, unless there are no others.

    Then a weekday's name means the day a week later, and "today" remains today.
    """
    if days != {heard.today} or not times:
        return days, times
    coming = {moment for moment in times if moment > now}
    if coming:
        return days, coming
    if not heard.dates:
        return {heard.today + timedelta(days=WEEK)}, times
    return days, times


def _around_midnight(heard: Heard, days: set[date], times: set[time]) -> set[date]:
    """«αύριο τα μεσάνυχτα», «αύριο 1 το βράδυ»: the night before that day, or the one after it."""
    at_night = heard.night or times == {time(0)}
    if len(days) == 1 and times and at_night and all(moment.hour < _LAST_NIGHT_HOUR for moment in times):
        return days | {day + timedelta(days=1) for day in days}
    return days


def _answer(heard: Heard) -> bool | None:
    if len(heard.answers) > 1:
        raise Unclear
    return next(iter(heard.answers), None)


def _command(heard: Heard) -> str | None:
    if len(heard.commands) > 1:
        raise Unclear
    return next(iter(heard.commands), None)


def _one_thing(phrase: Phrase) -> None:
    """«όχι αύριο» and «ακύρωση αύριο» may mean this or that: "no" and commands stand alone."""
    said = Phrase(days=phrase.days, times=phrase.times, number=phrase.number, faults=phrase.faults)
    if phrase.yes is False and (said != Phrase() or phrase.command):
        raise Unclear
    if phrase.command and (said != Phrase() or phrase.yes is not None):
        raise Unclear
