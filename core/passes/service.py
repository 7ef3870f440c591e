"""Passes of bookings: issued and voided with them; signed when they are shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from core.db.database import Database
from core.db.work import Work
from core.errors import Refused
from core.passes.code import complete
from core.passes.model import passes
from core.passes.token import Payload, encode
from core.ports import Clock, Codes, PassSigner


class Passes:
    """A booking has one valid pass at most. Who shows none, such as the panel, has no `signer`."""

    def __init__(
        self, database: Database, clock: Clock, codes: Codes, signer: PassSigner | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._signer = signer

    def issue(
        self,
        work: Work,
        *,
        booking_id: int,
        facility_number: int,
        starts_at: datetime,
        ends_at: datetime,
        persons: int,
    ) -> str:
        """Add a valid pass to `work`; its code of ten digits. Times are UTC.

        Two passes with one code cannot be: the writer then carries out the work once more, with another code.
        """
        code = complete(self._codes.digits(9))
        work.insert(
            passes,
            id=self._codes.new_id(),
            booking_id=booking_id,
            number=self._codes.new_id().to_bytes(8, "big"),
            code=code,
            facility_number=facility_number,
            starts_at=starts_at,
            ends_at=ends_at,
            persons=persons,
            state="valid",
            issued_at=self._clock.now(),
        )
        return code

    def void(self, work: Work, booking_id: int) -> None:
        """Add to `work` that the booking's pass opens nothing any more."""
        work.run(_VOID, {"booking": booking_id})

    async def token(self, booking_id: int) -> str:
        """The text of the valid pass's QR code. Raises `Refused("passes.unknown")`."""
        assert self._signer is not None, "this process shows no passes"
        async with self._database.reading() as connection:
            row = (await connection.execute(_VALID, {"booking": booking_id})).one_or_none()
        if row is None:
            raise Refused("passes.unknown")
        payload = Payload.covering(
            number=int.from_bytes(row.number, "big"),
            facility=row.facility_number,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            persons=row.persons,
        )
        return encode(payload, self._signer)


_VALID = select(
    passes.c.number, passes.c.facility_number, passes.c.starts_at, passes.c.ends_at, passes.c.persons
).where(passes.c.booking_id == bindparam("booking"), passes.c.state == "valid")
_VOID = (
    update(passes)
    .where(passes.c.booking_id == bindparam("booking"), passes.c.state == "valid")
    .values(state="void")
)
