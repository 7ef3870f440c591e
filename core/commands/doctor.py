"""What `paso doctor` looks at. It says names and remedies, never values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from core.adapters.keys import KeyFolder
from core.adapters.system import SystemClock
from core.commands.copies import database_file
from core.commands.processes import TOWN, key_folder, strangers
from core.config import Settings
from core.conversations.retention import PROCESS as RETENTION
from core.conversations.retention import is_late
from core.db.database import Database
from core.db.revision import newest, revision_of
from core.errors import ConfigurationFault
from core.messages.worker import last_seen

_BROWSER_PARTS = ("zxing-wasm", "@noble/ed25519", "@fontsource/commissioner")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `what` names it, and where it is not well, the remedy."""

    well: bool
    what: str


async def examine(settings: Settings) -> list[Finding]:
    """Everything at once, so that one run tells the whole story."""
    return [
        *_keys(settings),
        await _database(settings),
        await _retention(settings),
        *_provider(settings),
        *_telegram(settings),
        *_parts(),
    ]


def _keys(settings: Settings) -> Iterator[Finding]:
    for process in TOWN:
        folder = key_folder(settings, process)
        if strange := strangers(process, folder):
            yield Finding(
                False, f"{process.name} can reach {', '.join(strange)}; `paso keys make` takes them away"
            )
        for name in sorted(process.keys):
            try:
                KeyFolder(folder).load(name)
            except ConfigurationFault as fault:
                yield Finding(False, f"{process.name}: {fault}")
            else:
                yield Finding(True, f"{process.name} holds {name}")


async def _database(settings: Settings) -> Finding:
    file = database_file(settings)
    if file is not None and not file.exists():  # asking would make an empty one
        return Finding(False, "there is no database; `paso init` makes it, or DATABASE_URL is wrong")
    database = Database(settings.database_url)
    try:
        revision = await revision_of(database)
    except (SQLAlchemyError, OSError):
        return Finding(False, "the database does not answer; is it started, and DATABASE_URL right?")
    finally:
        await database.close()
    if revision == newest():
        return Finding(True, "the database has the tables of this version")
    return Finding(False, "the database lacks tables of this version; run `paso migrate`")


async def _retention(settings: Settings) -> Finding:
    """Whether old data were erased last night."""
    file = database_file(settings)
    if file is not None and not file.exists():
        return Finding(False, "old data cannot be erased without a database")
    database = Database(settings.database_url)
    try:
        seen, begun = await last_seen(database, RETENTION), await last_seen(database)
    except (SQLAlchemyError, OSError):
        return Finding(False, "whether old data were erased cannot be seen: the database does not answer")
    finally:
        await database.close()
    if begun is None:
        return Finding(True, "there is nothing old to erase: the worker has never run")
    if is_late(seen, SystemClock().now()):
        when = "never" if seen is None else f"last at {seen:%Y-%m-%d %H:%M} UTC"
        return Finding(
            False, f"old data were not erased last night ({when}); the worker does it when it runs"
        )
    return Finding(True, "old data were erased last night")


def _provider(settings: Settings) -> Iterator[Finding]:
    names = ("twilio_account_sid", "twilio_auth_token", "twilio_from")
    missing = [name.upper() for name in names if getattr(settings, name) is None]
    if not missing:
        yield Finding(True, "codes can be sent (Twilio)")
    elif len(missing) == len(names):
        yield Finding(False, f"codes cannot be sent, except in a demonstration; set {', '.join(missing)}")
    else:
        yield Finding(False, f"codes cannot be sent; {', '.join(missing)} must be set too")
    if not missing and settings.twilio_api_url is None and not settings.public_url.startswith("https://"):
        yield Finding(False, "PUBLIC_URL: Twilio's calls and reports reach an https address only")


def _telegram(settings: Settings) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        yield Finding(True, "Telegram is off (TELEGRAM_BOT_TOKEN is not set)")
    elif settings.public_url.startswith("https://") and settings.telegram_webhook_secret is None:
        yield Finding(False, "TELEGRAM_WEBHOOK_SECRET must be set where PUBLIC_URL is https")
    else:
        yield Finding(True, "Telegram is on")


def _parts() -> Iterator[Finding]:
    modules = Path(__file__).parents[2] / "node_modules"
    for name in _BROWSER_PARTS:
        there = (modules / name).is_dir()
        yield Finding(there, f"{name} for the pages" if there else f"{name} is missing; run `make set-up`")
