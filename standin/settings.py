"""What the stand-in must be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class Unfit(Exception):
    """Why it does not start, in one sentence."""


@dataclass(frozen=True)
class Settings:
    """`pace` is the seconds between one state of a message and the next; 0 in tests."""

    account_sid: str
    auth_token: str
    port: int = 8082
    pace: float = 0.4
    town_url: str = "http://127.0.0.1:8080"
    """Where calls to the town's number are answered."""
    town_number: str = "+302110000000"
    staff_secret: str = ""
    """Of the town's staff account, whose current code the page shows (RFC 6238); nothing of the provider's."""


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Raises `Unfit`."""
    if environment.get("PASO_DEMONSTRATION") != "1":
        raise Unfit("The stand-in provider starts only in a demonstration (PASO_DEMONSTRATION=1).")
    found = {}
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        found[name] = environment.get(name, "")
        if not found[name]:
            raise Unfit(f"{name} is not set.")
    port = environment.get("STANDIN_PORT") or "8082"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Unfit("STANDIN_PORT is not a port.")
    return Settings(
        found["TWILIO_ACCOUNT_SID"],
        found["TWILIO_AUTH_TOKEN"],
        int(port),
        town_url=environment.get("PUBLIC_URL") or Settings.town_url,
        town_number=environment.get("TWILIO_FROM") or Settings.town_number,
        staff_secret=environment.get("DEMONSTRATION_TOTP", ""),
    )
