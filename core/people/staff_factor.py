"""The second factor of staff: codes that change every 30 seconds (RFC 6238), and codes for a lost telephone."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

import pyotp

from core.ports import Clock, Codes, Keeper

_SECRET_BYTES = 20
_STEP_S = 30
_STEPS_AROUND = (0, -1, 1)
"""The clock of a telephone may be half a minute off (RFC 6238, 5.2)."""
_RECOVERY_CODES = 8
_RECOVERY_BYTES = 10


class Factors:
    """Makes, keeps and checks second factors. Secrets are kept under the panel key."""

    def __init__(self, keeper: Keeper, clock: Clock, codes: Codes) -> None:
        self._keeper = keeper
        self._clock = clock
        self._codes = codes

    def new_secret(self) -> str:
        """In base32, as authenticator apps take it."""
        return base64.b32encode(self._codes.token(_SECRET_BYTES)).decode()

    def keep(self, whose: str, secret: str) -> bytes:
        """`whose` binds it: a secret kept for one account (`staff:<id>`) cannot be read for another."""
        return self._keeper.keep(f"staff-factor:{whose}", secret.encode())

    def read(self, whose: str, kept: bytes) -> str:
        """Raises `BrokenBox`."""
        return self._keeper.read(f"staff-factor:{whose}", kept).decode()

    def step_of(self, secret: str, typed: str) -> int | None:
        """The time step whose code this is, now or half a minute away; None for a wrong code.

        Whoever accepts it keeps the step, and accepts no code of that step or an earlier one again.
        """
        code = "".join(letter for letter in typed if not letter.isspace())
        if len(code) != 6 or not code.isdecimal():
            return None
        code = "".join(str(int(digit)) for digit in code)
        totp = pyotp.TOTP(secret)
        now = int(self._clock.now().timestamp()) // _STEP_S
        for away in _STEPS_AROUND:
            if hmac.compare_digest(totp.at((now + away) * _STEP_S), code):
                return now + away
        return None

    def new_recovery_codes(self) -> Sequence[str]:
        """To be shown once and written down; kept by `hash_of_recovery`."""
        found = []
        for _ in range(_RECOVERY_CODES):
            letters = base64.b32encode(self._codes.token(_RECOVERY_BYTES)).decode().lower()
            found.append("-".join(letters[place : place + 4] for place in range(0, 16, 4)))
        return found


def address(secret: str, login: str, issuer: str) -> str:
    """The `otpauth:` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def hash_of_recovery(typed: str) -> bytes:
    """Of 80 random bits, so a plain hash does not give the code away; spaces, dashes and case do not matter."""
    letters = "".join(letter for letter in typed.lower() if letter.isalnum())
    return hashlib.sha256(f"recovery {letters}".encode()).digest()
