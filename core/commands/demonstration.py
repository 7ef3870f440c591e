"""The demonstration town: invented activities, and a provider on the loopback in the place of a real one.

A database that it was loaded into says so for ever (an event), because only there may the stand-in provider
run: elsewhere a missing provider means that codes cannot be sent.
"""

from __future__ import annotations

import base64
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr
from sqlalchemy import func, select

from core.activities.model import activities
from core.adapters.system import SystemClock, SystemCodes
from core.commands import duty, staff
from core.commands.activities import publish, read
from core.config import Settings
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.errors import ConfigurationFault

FOLDER = Path("var")
_DEFINITIONS = Path(__file__).parents[1] / "activities" / "demonstration"
STAFF_LOGIN, SECOND_LOGIN = "demo", "demo2"
"""The second is there because nobody releases a warning alone. Both have the same password and second factor."""
_OFFICERS = {STAFF_LOGIN: "+306900000001", SECOND_LOGIN: "+306900000002"}
"""Their numbers for releases, which the stand-in shows."""
_LOADED = "demonstration_loaded"
_PROVIDER = ("twilio_account_sid", "twilio_auth_token", "twilio_from")


async def settle(settings: Settings) -> Settings:
    """Load the demonstration into an empty database, unless a provider is set or PASO_DEMONSTRATION is 0.

    Returns the settings with what a demonstration adds. Raises `ConfigurationFault` where PASO_DEMONSTRATION
    is 1 on the database of a real town.
    """
    unwanted = "paso_demonstration" in settings.model_fields_set and not settings.paso_demonstration
    database = Database(settings.database_url)
    try:
        async with database.reading() as connection:
            loaded = await connection.scalar(select(func.count()).where(events.c.name == _LOADED))
            known = await connection.scalar(select(func.count()).select_from(activities))
    finally:
        await database.close()
    if not loaded and not known and not unwanted and not _has_provider(settings):
        await _load(settings)
        loaded = 1
    if not loaded and settings.paso_demonstration:
        raise ConfigurationFault(
            "PASO_DEMONSTRATION: this database is a town's own, so nothing here is played."
        )
    if not loaded or unwanted:
        return settings
    password, secret = _staff_secrets()
    for login in _OFFICERS:
        await staff.ensure(settings, login, password, secret)
    additions: dict[str, object] = {"paso_demonstration": True, "demonstration_totp": SecretStr(secret)}
    if not _has_provider(settings):
        additions |= {"twilio_api_url": f"http://127.0.0.1:{settings.standin_port}", **_invented()}
    settled = settings.model_copy(update=additions)
    await duty.ensure(settled, _OFFICERS, served=needs_standin(settled))
    return settled


def needs_standin(settings: Settings) -> bool:
    """Whether the loopback provider is the one that codes go to."""
    return (
        settings.paso_demonstration and settings.twilio_api_url == f"http://127.0.0.1:{settings.standin_port}"
    )


def addresses(settings: Settings) -> str:
    """What to tell whoever started it."""
    lines = [
        "",
        "Paso is running.",
        "",
        f"  Portal page    {settings.public_url}/",
        f"  Web chat       {settings.public_url}/chat",
        f"  Staff panel    {settings.admin_url}/",
    ]
    if needs_standin(settings):
        lines.append(f"  Codes to read  http://127.0.0.1:{settings.standin_port}/  (SMS and calls, played)")
    elif not _has_provider(settings):
        lines.append(
            "  Codes cannot be sent: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM are not set."
        )
    if settings.paso_demonstration:
        lines.append(
            f"  Staff log-in   {STAFF_LOGIN}, password {_staff_secrets()[0]}; the code is {_code_place(settings)}"
        )
        lines.append(
            f"  Second officer {SECOND_LOGIN}, the same password and code: no warning goes without two"
        )
    lines.append(
        f"  Telegram       {'on' if settings.telegram_bot_token else 'off (TELEGRAM_BOT_TOKEN is not set)'}"
    )
    lines += [
        "",
        "All processes run as one system user here, so the wall between their keys is a demonstration;",
        "deploy/README.md has three users. Logs are in var/log. Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def _has_provider(settings: Settings) -> bool:
    return any(getattr(settings, name) is not None for name in _PROVIDER)


async def _load(settings: Settings) -> None:
    work = Work(once=_LOADED)
    work.insert(events, at=SystemClock().now(), name=_LOADED, facts={})
    found = [read(settings, file, "el") for file in sorted(_DEFINITIONS.glob("*.json"))]
    await publish(settings, found, work)


def _code_place(settings: Settings) -> str:
    if needs_standin(settings):
        return "on the page of codes"
    return f"of an authenticator app with the secret {_staff_secrets()[1]}"


def _staff_secrets() -> tuple[str, str]:
    """Password and TOTP secret of the demonstration's staff account, made once."""
    file = FOLDER / "demonstration-staff.env"
    if not file.exists():
        codes = SystemCodes()
        password = "-".join(codes.digits(4) for _ in range(3))
        secret = base64.b32encode(codes.token(20)).decode()
        file.touch(mode=0o600)
        file.write_text(f"STAFF_PASSWORD={password}\nSTAFF_TOTP={secret}\n", "ascii")
    values = dotenv_values(file)
    return values["STAFF_PASSWORD"] or "", values["STAFF_TOTP"] or ""


def _invented() -> dict[str, object]:
    """Credentials that only the stand-in accepts, made once."""
    file = FOLDER / "demonstration.env"
    if not file.exists():
        codes = SystemCodes()
        file.touch(mode=0o600)
        file.write_text(
            f"TWILIO_ACCOUNT_SID=AC{codes.token(16).hex()}\n"
            f"TWILIO_AUTH_TOKEN={codes.token(16).hex()}\n"
            "TWILIO_FROM=+302110000000\n",
            "ascii",
        )
    values = dotenv_values(file)
    return {
        "twilio_account_sid": values["TWILIO_ACCOUNT_SID"],
        "twilio_auth_token": SecretStr(values["TWILIO_AUTH_TOKEN"] or ""),
        "twilio_from": values["TWILIO_FROM"],
    }
