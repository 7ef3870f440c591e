"""The token in a pass's QR code: what the gate must know without a line, signed.

81 bytes in base45 (RFC 9285) are 122 alphanumeric characters: exactly a version 5 QR code at error
correction M (docs/decisions/0003-qr-size.md). All numbers are unsigned, big-endian:

    version 1 | facility 2 | start 3 | length 2 | persons 1 | number 8 | Ed25519 signature of these 17: 64

`start` counts quarter hours since 2020-01-01 00:00 UTC, `length` quarter hours. The facility comes second so
that a token of facilities below 1280 never begins (and none ends) with a space, which forms and keyboards
trim away.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.errors import Refused
from core.passes import base45
from core.ports import PassSigner, PassVerifier

VERSION = 1
PAYLOAD_SIZE = 17
SIGNATURE_SIZE = 64
TEXT_LENGTH = 122

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)
_LAYOUT = struct.Struct(">BHHBHBQ")  # `start` is three bytes: H its high part, B its low


@dataclass(frozen=True)
class Payload:
    """What a pass says. Times are UTC and on quarter hours.

    Raises `ValueError` when made of something a token cannot carry.
    """

    number: int
    """Of the pass: 1 .. 2^63-1, random."""
    facility: int
    """0 .. 65535, best below 1280 (no leading space)."""
    starts_at: datetime
    ends_at: datetime
    persons: int
    """1 .. 255."""

    def __post_init__(self) -> None:
        if not 0 < self.number < 2**63:
            raise ValueError("a pass number is 1 .. 2^63-1")
        if not 0 <= self.facility < 2**16:
            raise ValueError("a facility is 0 .. 65535")
        if not 0 < self.persons < 2**8:
            raise ValueError("a pass is for 1 .. 255 persons")
        start, length = self.quarters
        if not (0 <= start < 2**24 and 0 < length < 2**16):
            raise ValueError("the time of a pass is out of range")
        if (_EPOCH + start * _QUARTER, (self.ends_at - self.starts_at) % _QUARTER) != (
            self.starts_at,
            timedelta(),
        ):
            raise ValueError("the time of a pass is on quarter hours")

    @property
    def quarters(self) -> tuple[int, int]:
        """Start (since 2020-01-01 UTC) and length, in quarter hours."""
        return (self.starts_at - _EPOCH) // _QUARTER, (self.ends_at - self.starts_at) // _QUARTER

    @classmethod
    def covering(
        cls, *, number: int, facility: int, starts_at: datetime, ends_at: datetime, persons: int
    ) -> Payload:
        """For times off the quarter hours: the window is widened to the next ones, never narrowed."""
        start = _EPOCH + (starts_at - _EPOCH) // _QUARTER * _QUARTER
        end = _EPOCH - (_EPOCH - ends_at) // _QUARTER * _QUARTER
        return cls(number, facility, start, end, persons)


@dataclass(frozen=True)
class SignedPayload:
    """A token as read: well-formed, but nobody's word yet until `is_genuine`."""

    payload: Payload
    signed: bytes
    signature: bytes

    def is_genuine(self, verifier: PassVerifier) -> bool:
        """Whether we signed it. Says nothing of the time window, nor whether the pass still holds."""
        return verifier.verify(self.signed, self.signature)


def encode(payload: Payload, signer: PassSigner) -> str:
    """The text of the QR code, 122 characters of the alphanumeric set. The same pass gives the same text."""
    signed = pack(payload)
    return base45.encode(signed + signer.sign(signed))


def decode(text: str) -> SignedPayload:
    """Reads what a camera or a keyboard-wedge scanner brought; line ends around it are ignored.

    Raises `Refused("passes.unreadable")` for anything that is no token of ours. The signature is not checked
    here.
    """
    # Long rubbish is thrown out before anything looks through it.
    if len(text) > TEXT_LENGTH + 8:
        raise Refused("passes.unreadable")
    try:
        raw = base45.decode(text.strip("\r\n\t"))
        signed, signature = raw[:PAYLOAD_SIZE], raw[PAYLOAD_SIZE:]
        if len(signature) != SIGNATURE_SIZE:
            raise ValueError("not the length of a token")
        return SignedPayload(unpack(signed), signed, signature)
    except ValueError:
        raise Refused("passes.unreadable") from None


def pack(payload: Payload) -> bytes:
    """The 17 bytes that are signed."""
    start, length = payload.quarters
    return _LAYOUT.pack(
        VERSION, payload.facility, start >> 8, start & 0xFF, length, payload.persons, payload.number
    )


def unpack(signed: bytes) -> Payload:
    """Raises `ValueError` when these are not 17 bytes of this version."""
    if len(signed) != PAYLOAD_SIZE or signed[0] != VERSION:
        raise ValueError("not a pass of this version")
    _, facility, high, low, length, persons, number = _LAYOUT.unpack(signed)
    start = _EPOCH + (high << 8 | low) * _QUARTER
    return Payload(number, facility, start, start + length * _QUARTER, persons)
