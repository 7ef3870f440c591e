"""Every key is rotated while `web` and `worker` run, and nobody who books notices."""

from __future__ import annotations

from pathlib import Path

from core.adapters import keys
from core.adapters.keys import KeyFolder
from core.adapters.sealing import mark_of
from core.commands.counting import made_under
from core.commands.rotating import Kind, retire
from core.db.database import Database
from tests.conversations.web_person import WebPerson
from tests.fakes.twilio_provider import twilio_provider
from tests.whole.processes import open_processes
from tests.whole.test_drill import LATE, MARIA, NIKOS, book, paso
from tests.whole.worker import provided_by, until


async def test_keys_are_rotated_under_running_processes(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/paso.db"
    database = Database(address)
    async with (
        twilio_provider() as provider,
        open_processes(
            tmp_path, address, activities=("pool",), migrated=True, **provided_by(provider)
        ) as town,
        WebPerson(town.address) as maria,
        WebPerson(town.address) as nikos,
        WebPerson(town.address) as late,
    ):
        await book(maria, provider, MARIA, "Μαρία Παππά", 1)
        said = paso(town, "keys", "rotate")
        assert said.startswith("Rotated: boxes, origin, conversation, passes, panel.")
        assert "not yet: what was under way ends by" in paso(town, "keys", "retire")
        newest = mark_of(KeyFolder(tmp_path / "keys").load(keys.SEALING))

        async def all_anew() -> bool:
            async with database.reading() as connection:
                return set(await made_under(connection, Kind.BOXES)) == {newest}

        await until(all_anew)
        assert "boxes                newest" in paso(town, "keys", "status")
        await book(
            nikos, provider, NIKOS, "Νίκος Δήμου", 2
        )  # the worker believes and opens what `web` makes now
        retire(town.settings, Kind.BOXES)
        assert paso(town, "keys", "replace-lookup").startswith(
            "2 numbers and chats are found by the new key."
        )
        await maria.command("my_bookings")
        assert any("Διαδρομή" in button for button in maria.buttons())
        await book(late, provider, LATE, "Όψιμος Ωραίος", 3)
        assert await all_anew()
        assert '"error"' not in town.logs()
    await database.close()
