"""Sealing for a key that a browser made a moment ago: ECDH on P-256, HKDF-SHA-256 (RFC 5869), AES-256-GCM.

All three are in WebCrypto, so the page needs no library to open it. Each file has an ephemeral key of its own, whose
public half stands before the ciphertext; both public keys and the context go into the derivation.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_BYTES = 65
"""An uncompressed point (SEC 1, 2.3.3)."""
_NONCE = bytes(12)
"""The derived key is used once."""


class EcdhSealer:
    """`OneTimeSealer`. What it makes: the ephemeral public key (65 bytes), then the ciphertext with its tag."""

    def seal(self, public_key: bytes, context: str, plain: bytes) -> bytes:
        theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
        ours = generate_private_key(SECP256R1())
        head = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        info = b"paso one-time file 1\x00" + context.encode()
        key = HKDF(SHA256(), 32, salt=head + public_key, info=info).derive(ours.exchange(ECDH(), theirs))
        return head + AESGCM(key).encrypt(_NONCE, plain, context.encode())
