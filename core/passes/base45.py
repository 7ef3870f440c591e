"""Base45 (RFC 9285): bytes as the alphanumeric characters that a QR code packs tightest."""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """Three characters for each two bytes, two for a last odd one, the lowest place first."""
    out: list[str] = []
    for at in range(0, len(data) - 1, 2):
        high, low = divmod(data[at] << 8 | data[at + 1], 45 * 45)
        out += _ALPHABET[low % 45], _ALPHABET[low // 45], _ALPHABET[high]
    if len(data) % 2:
        out += _ALPHABET[data[-1] % 45], _ALPHABET[data[-1] // 45]
    return "".join(out)


def decode(text: str) -> bytes:
    """The only bytes that `encode` writes as `text`. Raises `ValueError` when there are none."""
    if len(text) % 3 == 1:
        raise ValueError("not base45: odd length")
    out = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        try:
            value = sum(_VALUES[character] * 45**place for place, character in enumerate(group))
        except KeyError:
            raise ValueError("not base45: foreign character") from None
        out += _bytes(value, len(group) - 1)
    return bytes(out)


def _bytes(value: int, size: int) -> bytes:
    if value >= 256**size:
        raise ValueError("not base45: value too large")
    return value.to_bytes(size, "big")
