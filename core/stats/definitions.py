"""What the figures mean (design.md 10): pure, exact, and the same wherever they are shown. See docs/figures.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from core.errors import Refused

SMALLEST_SHOWN = 5
"""A cell broken down by what a person told us is shown from this count on."""
LONGEST_DAYS = 366 * 20
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


@dataclass(frozen=True)
class Period:
    """Local days of the town, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Raises `Refused` for a range that ends before it starts, or is out of all reason."""
        if self.last < self.first:
            raise Refused("figures.range_reversed", first=self.first, last=self.last)
        if self.days > LONGEST_DAYS:
            raise Refused("figures.range_too_long", n=LONGEST_DAYS // 366)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(self.days))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From local midnight to the local midnight that ends it, in UTC."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def read_period(first: str, last: str) -> Period:
    """Two days as ISO 8601, as forms and addresses carry them. Raises `Refused`."""
    return Period(read_day(first), read_day(last))


def read_day(text: str) -> date:
    """Raises `Refused("figures.no_such_day")` for what is no day, 31 June among them."""
    try:
        day = date.fromisoformat(text)
        if day.isoformat() != text:  # Python reads weeks (2020-W01-1) as well
            raise ValueError
    except ValueError:
        raise Refused("figures.no_such_day") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Refused("figures.no_such_day")
    return day


def half_up(exact: Fraction, places: int = 0) -> Fraction:
    """Rounded to so many decimal places, a half away from zero."""
    scale = 10**places
    scaled = abs(exact) * scale
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(rounded if exact >= 0 else -rounded, scale)


@dataclass(frozen=True)
class Share:
    """A part of a whole that is not zero: there is none where the whole is (`share`)."""

    part: int
    whole: int

    @property
    def exact(self) -> Fraction:
        """In per cent."""
        return Fraction(100 * self.part, self.whole)

    @property
    def per_cent(self) -> int:
        """Rounded half up to whole per cent."""
        return int(half_up(self.exact))

    @property
    def written(self) -> str:
        """The exact value beside it, to two decimals: `78.76`; the fraction itself is `part` / `whole`."""
        return decimal(self.exact)


def share(part: int, whole: int) -> Share | None:
    """None where there is nothing to divide by."""
    return Share(part, whole) if whole > 0 else None


def decimal(exact: Fraction, places: int = 2) -> str:
    """Rounded half up and written with a point: words are the catalogue's business."""
    rounded = half_up(exact, places)
    whole, rest = divmod(abs(rounded), 1)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{whole}.{int(rest * 10**places):0{places}}" if places else f"{sign}{whole}"


@dataclass(frozen=True)
class Reduction:
    """Fewer people at the same time: 1 - peak(actual) / peak(first choices), over one day or the sum of several."""

    actual: int
    first_choices: int

    @property
    def exact(self) -> Fraction | None:
        """In per cent; None on a day on which nobody would have come."""
        if self.first_choices <= 0:
            return None
        return 100 - Fraction(100 * self.actual, self.first_choices)

    @property
    def per_cent(self) -> int | None:
        exact = self.exact
        return None if exact is None else int(half_up(exact))


def hide(count: int) -> int | None:
    """The cell as it may be shown: not below 5, and else rounded down to 5. Exact, or rounded to the nearest, it would
    betray hidden ones: of eight refused, four and four hidden cells; of applications less those accepted, the rest."""
    return down_to_five(count) if count >= SMALLEST_SHOWN else None


def down_to_five(count: int) -> int:
    return count - count % 5


def whole_of(counts: Sequence[int]) -> int:
    """The total of cells as it may be shown beside them: rounded down to 5, and 5 less where all are hidden and each
    would have to be a 4."""
    whole = down_to_five(sum(counts))
    return whole - 5 if counts and max(counts) < SMALLEST_SHOWN and whole == 4 * len(counts) > 0 else whole


def median(values: Iterable[int]) -> Fraction | None:
    """Of an even count the mean of the two in the middle; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle], 2)


def median_of(counts: Mapping[int, int]) -> Fraction:
    """Of values that come so often each; 0 of nothing."""
    total, so_far, middles = sum(counts.values()), 0, []
    wanted = ((total + 1) // 2, total // 2 + 1)
    for value, number in sorted(counts.items()):
        middles += [value for nth in wanted if so_far < nth <= so_far + number]
        so_far += number
    return Fraction(sum(middles), 2) if middles else Fraction(0)
