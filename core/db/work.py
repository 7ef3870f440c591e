"""What one request will write, gathered while it is handled and handed over whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Delete, Insert, Table, Update
from sqlalchemy.ext.asyncio import AsyncConnection

Job = Callable[[AsyncConnection, "Work"], Awaitable[None]]


@dataclass(frozen=True)
class Statement:
    statement: Insert | Update | Delete
    params: Mapping[str, Any] | None
    or_else: Exception | None


class Desk(Protocol):
    """Decides everything that was asked of it in one batch together, so that the batch costs one lock."""

    async def decide(self, transaction: AsyncConnection, asked: Sequence[Asked]) -> None:
        """Answers each by `asked.answer(...)` or `asked.refuse(...)`."""
        ...


@dataclass
class Asked:
    """One question to a desk, and who waits for the answer."""

    request: Any
    work: Work
    then: Callable[[Any, Work], None]

    def answer(self, decision: Any) -> None:
        """The asker now says what to write, in view of the decision. It may raise `Refused`: nothing is
        written."""
        try:
            self.then(decision, self.work)
        except Exception as fault:
            self.refuse(fault)

    def refuse(self, fault: Exception) -> None:
        self.work.fault = fault


class Work:
    """The unit of work: committed whole, or not at all.

    It may be carried out more than once (a batch that failed is repeated one by one), so `then` and jobs
    write only to the `Work` and the transaction they are handed.

    Order within the transaction: `once`, what was asked of desks, jobs, statements, inserts (in the order
    in which tables depend on each other, merged with those of the other works of the batch).
    """

    def __init__(self, once: str | None = None) -> None:
        self.once = once
        """An idempotency key: the second work with the same key raises `Duplicate` and writes nothing."""
        self.fault: Exception | None = None
        self._asked: list[tuple[Desk, Any, Callable[[Any, Work], None]]] = []
        self._jobs: list[Job] = []
        self._given: _Plan | None = None
        self._carried = _Plan()

    def insert(self, table: Table, **row: Any) -> None:
        self._carried.rows[table].append(row)

    def run(
        self,
        statement: Insert | Update | Delete,
        params: Mapping[str, Any] | None = None,
        *,
        or_else: Exception | None = None,
    ) -> None:
        """Run a statement; where it changes no row, `or_else` is raised and the whole work undone.

        With `params` for its bind parameters, works that share one statement (the same object) have it run
        once for all of them, at the place of the first.
        """
        self._carried.statements.append(Statement(statement, params, or_else))

    def job(self, job: Job) -> None:
        """Run `job(transaction, work)` for what must be read and written in one breath."""
        self._jobs.append(job)

    def ask(self, desk: Desk, request: Any, then: Callable[[Any, Work], None]) -> None:
        """Have `desk` decide `request` with its neighbours; `then(decision, work)` says what follows."""
        self._asked.append((desk, request, then))

    # -- what the writer needs

    def start(self) -> None:
        """Begin, or begin again: what desks and jobs added in a failed attempt is forgotten."""
        if self._given is None:
            self._given = self._carried
        self._carried = self._given.copy()
        self.fault = None

    def questions(self) -> list[tuple[Desk, Asked]]:
        return [(desk, Asked(request, self, then)) for desk, request, then in self._asked]

    @property
    def jobs(self) -> Sequence[Job]:
        return self._jobs

    @property
    def statements(self) -> Sequence[Statement]:
        return self._carried.statements

    @property
    def rows(self) -> dict[Table, list[dict[str, Any]]]:
        return self._carried.rows


class _Plan:
    def __init__(self) -> None:
        self.rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.statements: list[Statement] = []

    def copy(self) -> _Plan:
        twin = _Plan()
        twin.rows.update({table: list(rows) for table, rows in self.rows.items()})
        twin.statements = list(self.statements)
        return twin
