"""The panel on a real server with a real database, and people who may do this or that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pyotp
import pytest
from aiohttp import web
from sqlalchemy import Table, func, select

from admin.app import make_panel
from core.adapters.keys import PANEL, KeyFolder, make_keys
from core.adapters.sealing import AesKeeper
from core.bootstrap.staff import StaffSide, staff_side
from core.config import Settings
from core.db.database import Database
from core.db.schema import audit, metadata
from core.db.work import Work
from core.people.staff_factor import Factors
from core.people.staff_model import staff
from core.people.staff_passwords import Passwords
from core.people.staff_roles import Role
from core.people.staff_sessions import FULL
from edge.door import open_door
from tests.admin.pages import Browser
from tests.fakes.clock import KnownCodes, StoppedClock

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Panel:
    """The running server, and what stands behind it."""

    def __init__(
        self,
        side: StaffSide,
        clock: StoppedClock,
        application: web.Application,
        port: int,
        stack: AsyncExitStack,
    ) -> None:
        self.side = side
        self.clock = clock
        self.application = application
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        keeper = AesKeeper(KeyFolder(side.settings.keys_dir).load(PANEL))
        self.factors = Factors(keeper, clock, side.codes)
        self._stack = stack
        self._hash = ""

    async def browser(self, language: str = "en") -> Browser:
        return await self._stack.enter_async_context(Browser(self.address, language))

    async def person(self, login: str, *roles: Role) -> int:
        """An account with `PASSWORD` and `SECRET`."""
        work, staff_id = Work(), self.side.codes.new_id()
        passwords = quick_passwords()
        self._hash = self._hash or await passwords.hash(PASSWORD)
        work.insert(
            staff,
            id=staff_id,
            login=login,
            password=self._hash,
            factor=self.factors.keep(f"staff:{staff_id}", SECRET),
            factor_step=0,
            roles=[str(role) for role in roles],
            active=True,
            joined_at=self.clock.now(),
        )
        await self.side.writer.commit(work)
        return staff_id

    async def sign_in(self, *roles: Role | str, login: str = "") -> Browser:
        """A browser in which somebody with these roles is signed in."""
        named = [Role(role) for role in roles]
        staff_id = await self.person(login or f"person-{await self.count(staff)}", *named)
        work = Work()
        token = self.side.sessions.open(work, staff_id, FULL, device="Firefox, Linux")
        await self.side.writer.commit(work)
        browser = await self.browser()
        browser.set_cookie(token)
        return browser

    def code(self) -> str:
        """What the app on the telephone shows now."""
        return pyotp.TOTP(SECRET).at(self.clock.now())

    async def count(self, table: Table) -> int:
        async with self.side.database.reading() as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)

    async def written(self) -> int:
        """How many changes the audit log knows."""
        return await self.count(audit)


def quick_passwords() -> Passwords:
    """Argon2id at a cost that tests can pay."""
    return Passwords(KnownCodes(), memory_kib=64)


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return folder


@asynccontextmanager
async def serve(database_url: str, keys: Path, clock: StoppedClock) -> AsyncIterator[Panel]:
    settings = Settings.model_validate({"database_url": database_url, "keys_dir": keys})
    side = staff_side(settings, clock=clock, codes=KnownCodes(), passwords=quick_passwords())
    application = make_panel(side)
    door = await open_door(application, "127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        yield Panel(side, clock, application, door.addresses[0][1], stack)
    await door.cleanup()
    await side.close()


@pytest.fixture
async def panel(tmp_path: Path, key_folder: Path, clock: StoppedClock) -> AsyncIterator[Panel]:
    """On SQLite."""
    address = f"sqlite:///{tmp_path}/panel.db"
    await make_tables(address)
    async with serve(address, key_folder, clock) as running:
        yield running


@pytest.fixture
async def panel_on_both(database: Database, key_folder: Path, clock: StoppedClock) -> AsyncIterator[Panel]:
    """On SQLite and on PostgreSQL."""
    address = database.engine.url.render_as_string(hide_password=False)
    async with serve(address, key_folder, clock) as running:
        yield running


async def make_tables(address: str) -> None:
    database = Database(address)
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    await database.close()
