"""The token: what it carries, what it refuses, and that nobody else can make one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.signing import Ed25519Signer, Ed25519Verifier
from core.errors import Refused
from core.passes import base45, token
from core.passes.token import Payload

SIGNER = Ed25519Signer(bytes(range(32)))
VERIFIER = Ed25519Verifier(SIGNER.public_key())
EVENING = datetime(2026, 12, 1, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
SWIM = Payload(
    number=81_985_529_216_486_895, facility=3, starts_at=EVENING, ends_at=EVENING + HOUR, persons=2
)

payloads = st.builds(
    lambda number, facility, start, length, persons: Payload(
        number,
        facility,
        datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * start),
        datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * (start + length)),
        persons,
    ),
    st.integers(1, 2**63 - 1),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**24 - 1),
    st.integers(1, 2**16 - 1),
    st.integers(1, 255),
)


def verdict(text: str) -> str:
    try:
        return "genuine" if token.decode(text).is_genuine(VERIFIER) else "not genuine"
    except Refused as refused:
        return refused.code


@given(payloads)
def test_a_token_reads_back_as_what_was_signed(payload: Payload) -> None:
    text = token.encode(payload, SIGNER)
    read = token.decode(text)
    assert read.payload == payload
    assert read.is_genuine(VERIFIER)
    assert len(text) == token.TEXT_LENGTH
    assert token.encode(payload, SIGNER) == text


@given(payloads)
def test_trimming_leaves_a_token_of_ours_whole(payload: Payload) -> None:
    text = token.encode(payload, SIGNER)
    assert text.rstrip() == text
    assert text.lstrip() == text or payload.facility >= 1280


def test_line_ends_of_a_keyboard_scanner_are_ignored() -> None:
    assert token.decode(token.encode(SWIM, SIGNER) + "\r\n").payload == SWIM


@given(st.integers(0, 80), st.integers(1, 255))
def test_any_changed_byte_is_unreadable_or_not_genuine(at: int, change: int) -> None:
    raw = bytearray(base45.decode(token.encode(SWIM, SIGNER)))
    raw[at] ^= change
    assert verdict(base45.encode(bytes(raw))) in ("passes.unreadable", "not genuine")


@given(st.integers(0, token.TEXT_LENGTH - 2), st.characters())
def test_any_changed_letter_is_unreadable_or_not_genuine(at: int, letter: str) -> None:
    text = token.encode(SWIM, SIGNER)
    expected = ("genuine",) if letter == text[at] else ("passes.unreadable", "not genuine")
    assert verdict(text[:at] + letter + text[at + 1 :]) in expected


def test_another_municipality_s_pass_is_not_genuine() -> None:
    foreign = token.encode(SWIM, Ed25519Signer(bytes(32)))
    assert not token.decode(foreign).is_genuine(VERIFIER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "https://example.org/menu",
        "V" * 121,
        "V" * 122,
        ":" * 122,
        "0" * 122,
        "0" * 10_000,
        "\r\n" * 5_000,
        "ΠΑΣΟ" * 30,
        "x\x00\ud800",
        "HC1:6BFOXN%TSMAHN-H5L486Q-LCBRF",
    ],
)
def test_what_is_no_token_is_unreadable(text: str) -> None:
    with pytest.raises(Refused) as refused:
        token.decode(text)
    assert refused.value.code == "passes.unreadable"


@given(
    st.one_of(st.text(), st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", min_size=120, max_size=124))
)
def test_any_text_is_a_token_or_refused(text: str) -> None:
    assert verdict(text) in ("passes.unreadable", "not genuine")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 0),
        ("number", 2**63),
        ("facility", -1),
        ("facility", 2**16),
        ("persons", 0),
        ("persons", 256),
        ("starts_at", EVENING + HOUR),
        ("starts_at", EVENING + timedelta(minutes=10)),
        ("starts_at", datetime(2019, 12, 31, tzinfo=UTC)),
        ("ends_at", EVENING + timedelta(minutes=50)),
        ("ends_at", EVENING + timedelta(days=800)),
    ],
)
def test_a_pass_that_no_token_can_carry_is_not_made(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"pass|facility"):
        Payload(**{**vars(SWIM), field: value})


@given(st.integers(0, 10**6), st.integers(1, 600))
def test_times_off_the_quarter_hours_are_widened_by_less_than_one(start: int, length: int) -> None:
    starts_at = datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Athens")) + timedelta(minutes=start)
    ends_at = starts_at.astimezone(UTC) + timedelta(minutes=length)
    made = Payload.covering(number=1, facility=0, starts_at=starts_at, ends_at=ends_at, persons=1)
    quarter = timedelta(minutes=15)
    assert timedelta() <= starts_at - made.starts_at < quarter
    assert timedelta() <= made.ends_at - ends_at < quarter


def test_a_forged_pass_number_too_large_for_the_database_is_unreadable() -> None:
    signed = token.pack(SWIM)[:9] + b"\xff" * 8
    with pytest.raises(Refused):
        token.decode(base45.encode(signed + SIGNER.sign(signed)))


def test_a_later_version_is_unreadable() -> None:
    signed = b"\x02" + token.pack(SWIM)[1:]
    with pytest.raises(Refused):
        token.decode(base45.encode(signed + SIGNER.sign(signed)))


def test_a_signature_of_the_wrong_length_is_not_genuine() -> None:
    assert not VERIFIER.verify(b"anything", b"")


def test_the_signature_is_that_of_rfc_8032() -> None:
    """RFC 8032, 7.1, test 2."""
    signer = Ed25519Signer(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert signer.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
