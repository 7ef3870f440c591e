"""A conversation that goes over from the call that came in to the one that we made.

The number that the first call claims is worth nothing. So its conversation never becomes verified: it is moved, as a
whole and in the transaction that notes the key, to the call whose telephone is proved. The first call, if it still
listens, no longer leads anywhere, and a forged one never hears what the owner of the number is told.
"""

from __future__ import annotations

from sqlalchemy import select, update

from core.conversations.by_keys import PHONE
from core.conversations.dialogs import by_phone
from core.conversations.house import House
from core.conversations.model import conversations
from core.conversations.reply import Speaker
from core.conversations.state import State
from core.conversations.talk import kept_for
from core.db.work import Work
from core.errors import Conflict
from core.messages.texts import DEFAULT_LANGUAGE
from core.ports import BrokenBox


async def move_over(house: House, token: str, speaker: Speaker) -> None:
    """`1` was pressed in the call with this token, which is now `speaker`. Nothing happens where the call is for
    nothing any more. Raises `Conflict` where it was moved this very moment."""
    called = await house.call_backs.ringing(token)
    if called is None:
        return
    query = select(conversations).where(
        conversations.c.channel == PHONE, conversations.c.speaker == called.speaker
    )
    async with house.database.reading() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        return
    try:
        kept = house.keeper.read(kept_for(row.id, row.speaker, row.citizen_id), row.kept)
        state = State.from_bytes(kept)
    except BrokenBox:
        return
    if called.number.e164 != speaker.reached or not by_phone.is_rung(state.top, called.id):
        return
    state.offer, state.told = None, []
    language = await _language(house, called.number.e164, row.language)
    new_key, work = house.lookup.of(PHONE, speaker.address), Work()
    house.call_backs.prove(work, called)
    work.run(
        update(conversations)
        .where(conversations.c.id == row.id, conversations.c.turn == row.turn)
        .values(
            speaker=new_key,
            language=language,
            turn=row.turn + 1,
            kept=house.keeper.keep(kept_for(row.id, new_key, row.citizen_id), state.to_bytes()),
            heard_at=house.clock.now(),
        ),
        or_else=Conflict("another turn came first"),
    )
    house.bookings.hand_over(work, called.speaker, new_key)
    await house.writer.commit(work)


async def _language(house: House, number: str, begun: str) -> str:
    """The citizen's own, unless another than the first was chosen as the call began: who said nothing chose none."""
    citizen_id = await house.people.citizen_of_number(number)
    citizen = await house.people.citizen(citizen_id) if citizen_id is not None else None
    return begun if citizen is None or begun != DEFAULT_LANGUAGE else citizen.language
