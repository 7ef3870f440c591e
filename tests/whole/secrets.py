"""Looking for what must not be there, in every form in which it could be kept by mistake."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Secret:
    """Something personal. `kind`: `name`, `phone` (as E.164) or `chat` (an id)."""

    kind: str
    value: str

    @property
    def texts(self) -> frozenset[str]:
        """The ways in which one may write it."""
        if self.kind == "name":
            words = [self.value, *(word for word in self.value.split() if len(word) > 4)]
            plain = [
                "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
                for word in words
            ]
            return frozenset(form for word in words + plain for form in (word, word.lower(), word.upper()))
        if self.kind == "chat":
            return frozenset({self.value})
        national = self.value.removeprefix("+30")
        spaced = [
            f"{national[:3]}{gap}{national[3:6]}{gap}{national[6:]}" for gap in (" ", "-", ".", "\u00a0")
        ]
        spaced += [f"{national[:2]} {national[2:6]} {national[6:]}", " ".join(national)]
        return frozenset({national, *spaced})

    @property
    def wholes(self) -> frozenset[str]:
        """What one might make a hash of: a number with its country too, which elsewhere is found by its end."""
        country = ("", "+30", "30", "0030", "+30 ") if self.kind == "phone" else ("",)
        return frozenset(f"{prefix}{text}" for text in self.texts for prefix in country)

    @property
    def numbers(self) -> frozenset[int]:
        if self.kind == "name":
            return frozenset()
        return frozenset({int(self.value.lstrip("+")), int(self.value.removeprefix("+30"))})


def forms(secret: Secret) -> Iterator[tuple[str, bytes]]:
    """(what form it is, its bytes)."""
    for text in secret.texts:
        raw = text.encode()
        yield "utf-8", raw
        yield "utf-16-le", text.encode("utf-16-le")
        yield "utf-16-be", text.encode("utf-16-be")
        yield "json", json.dumps(text)[1:-1].encode()
        yield "url", quote(text).encode()
        yield "repr", repr(raw)[2:-1].encode()
        yield "hex", raw.hex().encode()
        yield "HEX", raw.hex().upper().encode()
        for shift in range(3):
            yield "base64", _within_base64(raw, shift)
            yield "base64url", _within_base64(raw, shift).translate(bytes.maketrans(b"+/", b"-_"))
    for text in secret.wholes:
        for algorithm in ("md5", "sha1", "sha256"):
            digest = hashlib.new(algorithm, text.encode()).digest()
            yield algorithm, digest
            yield f"{algorithm} in hex", digest.hex().encode()
            yield f"{algorithm} in base64", base64.b64encode(digest).rstrip(b"=")
    for number in secret.numbers:
        yield "integer, little", number.to_bytes(8, "little")
        yield "integer, big", number.to_bytes(8, "big")
        yield "integer of SQLite", number.to_bytes(6, "big")
        yield "row id of SQLite", _varint(number)
        yield "integer in hex", f"{number:x}".encode()
        yield "integer in HEX", f"{number:X}".encode()


def found(secrets: list[Secret], places: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
    """(place, kind of secret, form) of all that is where it should not be."""
    hits = set()
    for secret in secrets:
        for form, needle in forms(secret):
            hits |= {(place, secret.kind, form) for place, content in places.items() if needle in content}
    return sorted(hits)


def _within_base64(raw: bytes, shift: int) -> bytes:
    """What it leaves in the base64 of anything longer, wherever in it it begins."""
    encoded = base64.b64encode(bytes(shift) + raw)
    begin = -(-shift * 8 // 6)
    end = (shift + len(raw)) * 8 // 6
    return encoded[begin:end]


def _varint(number: int) -> bytes:
    """As SQLite stores a row id (https://sqlite.org/fileformat2.html#varint), for numbers below 2^56."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))
