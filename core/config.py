"""Settings from the environment (twelve-factor), named in one sentence where they are missing or wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationFault


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("is no time zone, such as Europe/Athens") from None
    return name


def _base(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return address.rstrip("/")


Base = Annotated[str, AfterValidator(_base)]


class Settings(BaseSettings):
    """Everything the processes read from their environment; each reads only what it needs."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", env_ignore_empty=True)

    database_url: str = "sqlite:///var/paso.db"
    keys_dir: Path = Path("var/keys")
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    admin_port: int = Field(8081, ge=1, le=65535)
    standin_port: int = Field(8082, ge=1, le=65535)
    public_url: Base = "http://127.0.0.1:8080"
    admin_url: Base = "http://127.0.0.1:8081"
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Athens"
    log_level: str = Field("info", pattern="^(?i:debug|info|warning|error)$")
    default_region: str = Field("GR", pattern="^[A-Z]{2}$")
    municipality_el: str = "Δήμος Αλκυόνας"
    municipality_en: str = "Municipality of Alkyona"
    contact_phone: str = "2100000000"
    portal_origins: str = ""
    """Origins that may embed the chat (`frame-ancestors`), separated by spaces."""
    landline_factor: int = Field(2, ge=1, le=10)
    """Limits per citizen are multiplied by this on a landline: a household shares it."""
    codes_per_day: int = Field(500, ge=1)
    """Town-wide cap on codes sent in 24 hours, SMS and calls together (cost, pumping)."""

    sms_price: float | None = Field(None, ge=0, le=10)
    """Euros that the provider takes for one segment of an SMS; the panel then shows what a warning costs."""

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: Base | None = None
    telegram_webhook_secret: SecretStr | None = None
    staff_telegram_chat: str | None = Field(None, pattern=r"^-?[0-9]{1,19}$")
    """Id of the staff's group, in which the bot tells alerts and answers nothing."""

    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None
    twilio_api_url: Base | None = None
    twilio_voice_el: str = "Google.el-GR-Wavenet-A"
    twilio_voice_en: str = "Google.en-GB-Wavenet-A"

    tracing_journal: Path = Path("var/worker/releases.journal")
    """The worker's own memory of what was released; no other process may write it."""
    erasures_journal: Path = Path("var/worker/erasures.journal")
    """The worker's list of who was forgotten (random ids), outside the database: a copy put back forgets them again."""
    tracing_one_officer: bool = False
    """Read by the worker alone: one officer may release a fixed text, after ten minutes, and others are told."""

    presence_days: int = Field(14, ge=1, le=28)
    """How many whole days entries and exits are kept where an activity is traced. The ceiling is nobody's to lift."""
    audit_days: int | None = Field(None, ge=365)
    """How long the audit log is kept; None: for ever. It holds no personal data."""

    paso_demonstration: bool = False
    demonstration_totp: SecretStr | None = None
    """The second factor of the demonstration's staff account, whose current code the stand-in's page shows."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def read_settings(**changes: object) -> Settings:
    """The environment's settings. Raises `ConfigurationFault` naming the first wrong one, never its value."""
    try:
        return Settings(**changes)  # type: ignore[arg-type]
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationFault(f"{name}: {first['msg']}") from None
