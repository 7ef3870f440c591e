"""Which process is told what: the settings and the keys of each, and nothing else (`design.md`, 2)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from core.adapters import keys
from core.config import Settings
from core.errors import ConfigurationFault

_EVERYONE = frozenset(
    {"database_url", "time_zone", "log_level", "host", "municipality_el", "municipality_en", "contact_phone"}
    | {"default_region", "public_url", "presence_days", "paso_demonstration"}
)
_PROVIDER = frozenset(
    {"twilio_account_sid", "twilio_auth_token", "twilio_from", "twilio_api_url"}
    | {"twilio_voice_el", "twilio_voice_en", "telegram_bot_token", "telegram_api_url", "codes_per_day"}
)


@dataclass(frozen=True)
class Process:
    """A process: its module and arguments, the names of its settings, its key files, its port's setting."""

    name: str
    arguments: tuple[str, ...]
    settings: frozenset[str]
    keys: frozenset[str]
    port: str | None = None

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", *self.arguments)


WEB = Process(
    "web",
    ("webhooks",),
    _EVERYONE
    | _PROVIDER
    | {"port", "admin_url", "portal_origins", "landline_factor", "telegram_webhook_secret", "standin_port"},
    frozenset({keys.SEALING, keys.LOOKUP, keys.ORIGIN, keys.CONVERSATION, keys.PASS_SIGNING}),
    "port",
)
ADMIN = Process(
    "admin",
    ("admin",),
    _EVERYONE | {"admin_port", "admin_url", "sms_price"},
    frozenset({keys.PANEL, keys.PASS_VERIFYING}),
    "admin_port",
)
WORKER = Process(
    "worker",
    ("core.commands.worker",),
    _EVERYONE
    | _PROVIDER
    | {"tracing_journal", "erasures_journal", "tracing_one_officer", "staff_telegram_chat"}
    | {"audit_days"},
    frozenset({keys.OPENING, keys.ORIGIN, keys.PASS_SIGNING}),
)
STANDIN = Process(
    "standin",
    ("standin",),
    frozenset(
        {"standin_port", "twilio_account_sid", "twilio_auth_token", "paso_demonstration"}
        | {"demonstration_totp", "public_url", "twilio_from"}
    ),
    frozenset(),
    "standin_port",
)
TOWN = (WEB, ADMIN, WORKER)
"""What every town runs; the stand-in provider is added in a demonstration."""


def environment(process: Process, settings: Settings) -> dict[str, str]:
    """What the process finds in its environment: its own settings, where given, and its own keys."""
    told = {
        name.upper(): _written(getattr(settings, name))
        for name in sorted(process.settings & settings.model_fields_set)
        if getattr(settings, name) is not None
    }
    if process.keys:
        told["KEYS_DIR"] = str(key_folder(settings, process))
    return told


def key_folder(settings: Settings, process: Process) -> Path:
    """A folder of its own below `KEYS_DIR`."""
    return settings.keys_dir.resolve() / process.name


def share_keys(settings: Settings) -> None:
    """Give each process a folder with copies of its own keys, and take away what it should not hold."""
    for process in TOWN:
        folder = key_folder(settings, process)
        folder.mkdir(mode=0o700, exist_ok=True)
        for held in folder.iterdir():
            if held.name not in process.keys:
                held.unlink()
        for name in process.keys:
            if not (folder / name).exists():
                keys.write_generations(folder / name, keys.read_generations(settings.keys_dir / name))


def renew_keys(settings: Settings) -> None:
    """Bring the folders of the processes to what the complete set has become. Who opens or verifies comes
    first, so that nobody meets what was made under a key they do not have yet.
    """
    for process in (WORKER, ADMIN, WEB):
        folder = key_folder(settings, process)
        for name in sorted(process.keys):
            source, copy = keys.whereabouts(settings.keys_dir, name), folder / name
            if source is None or not folder.is_dir() or source.resolve() == copy.resolve():
                continue
            if not copy.exists() or copy.read_bytes() != source.read_bytes():
                keys.write_generations(copy, keys.read_generations(source))


def strangers(process: Process, folder: Path) -> list[str]:
    """Files in its folder that the process must not hold. Empty when all is well."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return sorted({path.name for path in found if path.is_file() and path.name not in process.keys})


def secrets_of_others(process: Process, settings: Settings) -> list[str]:
    """Environment variables with secrets that the process must not be given."""
    given = {name for name in settings.model_fields_set if isinstance(getattr(settings, name), SecretStr)}
    return sorted(name.upper() for name in given - process.settings)


def check_wall(process: Process, settings: Settings) -> None:
    """Raises `ConfigurationFault` where a process lacks a key, or could reach keys or secrets of another."""
    for name in sorted(process.keys):
        keys.KeyFolder(settings.keys_dir).load(name)
    if found := strangers(process, settings.keys_dir):
        raise ConfigurationFault(f"KEYS_DIR: {process.name} must not hold {', '.join(found)}.")
    if found := secrets_of_others(process, settings):
        raise ConfigurationFault(f"{process.name} must not be given {', '.join(found)}.")


def _written(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(int(value)) if isinstance(value, bool) else str(value)


def changed(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """The settings with some decided at start; what was given stays."""
    return settings.model_copy(
        update={k: v for k, v in changes.items() if k not in settings.model_fields_set}
    )
