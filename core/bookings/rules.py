"""An activity's rules, applied to one slot and one citizen. Pure; refusals are `Refused` with their facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.activities.definition import Activity
from core.activities.rules import Limits
from core.dialog.words import Text, say
from core.errors import Refused

Session = tuple[datetime, datetime]


_NO_LIMITS = Limits()


@dataclass(frozen=True)
class Citizen:
    """What rules ask of a citizen."""

    id: int
    resident: bool | None
    landline_only: bool
    """No mobile: a household shares it."""
    birth_year: int | None = None


@dataclass(frozen=True)
class Own:
    """A booking or living hold that a citizen has."""

    booking_id: int
    activity_id: int
    sessions: tuple[Session, ...]
    booker_takes_part: bool
    confirmed: bool


def zone_of(activity: Activity) -> ZoneInfo:
    return ZoneInfo(activity.calendar.time_zone)


def desk_of(activity: Activity) -> Text:
    """Where a refusal can be appealed against: every refusal by a rule says it."""
    return say("fair.desk", name=activity.contact.name.written(), phone=activity.contact.phone)


def opens_at(activity: Activity, starts_at: datetime) -> datetime | None:
    """When booking opens: local midnight, so many days before the day of the slot. None: always open."""
    days = activity.rules.opens_days_before
    if days is None:
        return None
    zone = zone_of(activity)
    day = starts_at.astimezone(zone).date() - timedelta(days=days)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def opens_before(activity: Activity, now: datetime) -> datetime | None:
    """Slots that start before this can be booked already; `opens_at`, the other way about."""
    days = activity.rules.opens_days_before
    if days is None:
        return None
    zone = zone_of(activity)
    day = now.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def closes_at(activity: Activity, starts_at: datetime) -> datetime:
    """From when on it is too late to book."""
    return starts_at - timedelta(minutes=activity.rules.closes_minutes_before)


def cancel_until(activity: Activity, starts_at: datetime) -> datetime:
    return starts_at - timedelta(minutes=activity.rules.cancel_minutes_before)


def move_until(activity: Activity, starts_at: datetime) -> datetime:
    return starts_at - timedelta(minutes=activity.rules.move_minutes_before)


def check_time(activity: Activity, starts_at: datetime, now: datetime) -> None:
    """Raises `Refused` before booking opens and after it closes."""
    opens = opens_at(activity, starts_at)
    if opens is not None and now < opens:
        raise Refused("bookings.not_open_yet", when=opens, desk=desk_of(activity))
    if now >= closes_at(activity, starts_at):
        when = closes_at(activity, starts_at)
        raise Refused("bookings.closed_for_booking", when=when, desk=desk_of(activity))


def check_party(activity: Activity, persons: int) -> None:
    party = activity.people.party
    if persons < party.min:
        raise Refused("bookings.party_too_small", n=party.min, desk=desk_of(activity))
    if persons > party.max:
        raise Refused("bookings.party_too_large", n=party.max, desk=desk_of(activity))


def check_age(activity: Activity, answers: Mapping[str, object], starts_at: datetime) -> None:
    """By the answer to the activity's question: a year, or a day as ISO 8601. A question that was not
    asked, or was passed over, is the dialog's to insist on."""
    age = activity.people.participant_age
    told = answers.get(age.step) if age is not None else None
    if age is None or told is None or told == "-":
        return
    on = starts_at.astimezone(zone_of(activity)).date()
    if not age.allows(_year_or_day(str(told)), on):
        raise Refused("bookings.age", least=age.min, most=age.max, desk=desk_of(activity))


def check_citizen(activity: Activity, citizen: Citizen) -> None:
    if activity.rules.residents_only and not citizen.resident:
        raise Refused("bookings.residents_only", desk=desk_of(activity))


def check_limits(
    activity: Activity,
    activity_id: int,
    citizen: Citizen,
    own: Sequence[Own],
    starts_at: datetime,
    factor: int,
) -> None:
    """`own` without the booking that is being decided. `factor`: how many a household on a landline counts
    for."""
    limits = activity.rules.limits
    own = [each for each in own if each.activity_id == activity_id]
    if not own or limits == _NO_LIMITS:
        return
    zone = zone_of(activity)
    day = starts_at.astimezone(zone).date()
    days = [each.sessions[0][0].astimezone(zone).date() for each in own]
    times = factor if citizen.landline_only else 1
    for name, most, span in (
        ("day", limits.per_day, _day_of),
        ("week", limits.per_week, _week_of),
        ("term", limits.per_term, term_of),
    ):
        if most is None:
            continue
        first, last = span(activity, day)
        if sum(first <= each <= last for each in days) >= most * times:
            raise Refused(f"bookings.limit_{name}", n=most * times, desk=desk_of(activity))


def check_overlap(
    activity: Activity, citizen: Citizen, own: Iterable[Own], sessions: Sequence[Session], factor: int
) -> None:
    """Nobody is in two places at once; a household on a landline may be in as many as it counts for."""
    if activity.rules.overlap_with_own == "allow":
        return
    places = factor if citizen.landline_only else 1
    clashing = [each for each in own if each.booker_takes_part and _overlap(each.sessions, sessions)]
    if len(clashing) >= places:
        raise Refused("bookings.overlap", when=clashing[0].sessions[0][0], desk=desk_of(activity))


def _day_of(_activity: Activity, day: date) -> tuple[date, date]:
    return day, day


def _week_of(_activity: Activity, day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def term_of(activity: Activity, day: date) -> tuple[date, date]:
    """The term around a day: from the first `from` to the last `until` of the rules that run on it."""
    running = [
        (rule.from_day, rule.until or date.max)
        for rule in activity.calendar.rules
        if rule.from_day <= day <= (rule.until or date.max)
    ]
    if not running:
        return day, day
    return min(first for first, _ in running), max(last for _, last in running)


def window(activity: Activity, starts_at: datetime, ends_at: datetime) -> Session:
    """The stretch of time in which a citizen's other bookings matter: limits and overlaps look no farther."""
    zone = zone_of(activity)
    day = starts_at.astimezone(zone).date()
    first, last = day - timedelta(days=day.weekday()), day + timedelta(days=7 - day.weekday())
    if activity.rules.limits.per_term is not None:
        term_first, term_last = term_of(activity, day)
        first, last = min(first, term_first), max(last, min(term_last, date(9000, 1, 1)) + timedelta(days=1))
    begin = datetime.combine(first, time(), zone).astimezone(UTC)
    end = datetime.combine(last, time(), zone).astimezone(UTC)
    return min(begin, starts_at), max(end, ends_at)


def _overlap(some: Iterable[Session], others: Sequence[Session]) -> bool:
    return any(start < end2 and start2 < end for start, end in some for start2, end2 in others)


def _year_or_day(told: str) -> int | date:
    return int(told) if told.isascii() and told.isdigit() else date.fromisoformat(told)
