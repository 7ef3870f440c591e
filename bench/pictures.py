"""How long pictures take: `python -m bench.pictures`. Goals: a card 10 ms, a week's occupancy 300 ms."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from core.adapters.painting import InkPainter
from core.adapters.signing import Ed25519Signer
from core.passes import code, token
from core.ports import OccupancyCell, OccupancyGrid, PassCard

TURNS = 60


def pass_card(nth: int) -> PassCard:
    """Another pass each time: only what passes share, letters and fonts, can be remembered."""
    start = datetime(2026, 12, 1, 7, tzinfo=UTC) + timedelta(hours=nth)
    payload = token.Payload(nth + 1, 3, start, start + timedelta(hours=1), 2)
    return PassCard(
        title="Ελεύθερη κολύμβηση",
        lines=(f"Τρίτη {nth + 1} Δεκεμβρίου", "19:00–20:00", "Διαδρομή 3", "Δημοτικό Κολυμβητήριο"),
        persons="2 άτομα",
        code=code.spaced(code.complete(f"{nth:09}")),
        token=token.encode(payload, Ed25519Signer(bytes(32))),
        advice="Δείξτε το στην είσοδο, στην οθόνη ή τυπωμένο. Χωρίς οθόνη αρκεί ο αριθμός.",
    )


def week(nth: int) -> OccupancyGrid:
    def cell(hour: int, day: int) -> OccupancyCell:
        taken = (hour * 7 + day * 5 + nth) % 37
        state = "closed" if day == 6 else "full" if taken == 36 else "open"
        return OccupancyCell(taken, 36, state)

    days = ("Τρ 1/12", "Τε 2/12", "Πε 3/12", "Πα 4/12", "Σα 5/12", "Κυ 6/12", "Δε 7/12")
    rows = [(f"{hour:02}:00", [cell(hour, day) for day in range(7)]) for hour in range(7, 22)]
    legend = (("open", "Ελεύθερες θέσεις"), ("full", "Πλήρες"), ("closed", "Κλειστό"))
    return OccupancyGrid("Κολυμβητήριο, 1 έως 7 Δεκεμβρίου", days, rows, legend)


def measure(name: str, goal: str, draw: Callable[[int], bytes]) -> None:
    times = []
    for nth in range(TURNS):
        began = time.perf_counter()
        picture = draw(nth)
        times.append((time.perf_counter() - began) * 1000)
    print(
        f"{name:22} {statistics.median(times[1:]):8.1f} ms  (first {times[0]:7.1f} ms, slowest other "
        f"{max(times[1:]):6.1f} ms, {len(picture) / 1000:5.1f} kB, goal {goal})"
    )


def main() -> None:
    painter = InkPainter()
    measure("pass card", "10 ms", lambda nth: painter.pass_card(pass_card(nth)))
    measure("pass sheet (PDF)", "none", lambda nth: painter.pass_sheet(pass_card(nth)))
    measure("occupancy of a week", "300 ms", lambda nth: painter.occupancy(week(nth)))


if __name__ == "__main__":
    main()
