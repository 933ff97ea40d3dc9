"""Web Push as bytes: a message encrypted for one browser (RFC 8291), and the signature of who sends it (RFC 8292).

What is encrypted here is read by that browser only, not by the service that carries it.
"""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_RECORD = 4096
LARGEST = 3800
"""Bytes that a message may have: services take 4096, of which head, tag and delimiter are 103 (RFC 8291, 4)."""
_POINT, _SECRET, _SALT, _NUMBER = 65, 16, 16, 32
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-5)
_SIGNED_FOR = timedelta(hours=12)


class UnusableKey(ValueError):
    """What a browser gave is no point of P-256, or no secret of 16 bytes."""


@dataclass(frozen=True, slots=True)
class BrowserKeys:
    """What a subscription holds for senders: its public key and its secret, both base64url as browsers give them."""

    p256dh: str
    auth: str = field(repr=False)

    def check(self) -> None:
        """Raise UnusableKey when nothing could be encrypted with these."""
        _receiver(self)


def encrypt(message: bytes, keys: BrowserKeys) -> bytes:
    """Give the body of a push request (`Content-Encoding: aes128gcm`). Raises UnusableKey."""
    return encrypt_with(message, keys, ec.generate_private_key(ec.SECP256R1()), os.urandom(_SALT))


def encrypt_with(message: bytes, keys: BrowserKeys, sender: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Encrypt with a key pair and a salt that are used this once (RFC 8291, section 3.4, over RFC 8188)."""
    receiver, secret = _receiver(keys)
    ours, theirs = _point(sender.public_key()), _point(receiver)
    shared = sender.exchange(ec.ECDH(), receiver)
    key = _expand(_extract(secret, shared), b"WebPush: info\0" + theirs + ours, 32)
    pseudorandom = _extract(salt, key)
    content_key = _expand(pseudorandom, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _expand(pseudorandom, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(content_key).encrypt(nonce, message + b"\x02", None)  # 2 ends the last record


def _receiver(keys: BrowserKeys) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    try:
        point, secret = unpadded(keys.p256dh), unpadded(keys.auth)
        if len(point) != _POINT or len(secret) != _SECRET:
            raise UnusableKey
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point), secret
    except ValueError as error:
        raise UnusableKey from error


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _extract(salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, material, hashlib.sha256)


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    """One block of HKDF-Expand (RFC 5869): nothing here is longer than a hash."""
    return hmac.digest(key, info + b"\x01", hashlib.sha256)[:length]


class Sender:
    """Who sends, towards push services: a key pair that stays, since browsers subscribe to messages signed with it."""

    def __init__(self, seed: bytes, contact: str) -> None:
        """Take 32 random bytes that the key is derived from, and where a service reaches the operator (mailto: …)."""
        self._key = ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1())
        self._contact = contact

    @property
    def public_key(self) -> str:
        """The key that browsers are given when they subscribe (`applicationServerKey`), base64url."""
        return padless(_point(self._key.public_key()))

    def authorization(self, endpoint: str, now: datetime) -> str:
        """Give the header of a request to an endpoint: a token for that service alone, good for hours (RFC 8292)."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + _SIGNED_FOR).timestamp()),
            "sub": self._contact,
        }
        signed = f"{_words({'typ': 'JWT', 'alg': 'ES256'})}.{_words(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = padless(r.to_bytes(_NUMBER, "big") + s.to_bytes(_NUMBER, "big"))
        return f"vapid t={signed}.{signature}, k={self.public_key}"


def _words(claims: dict[str, object]) -> str:
    return padless(json.dumps(claims, separators=(",", ":")).encode())


def padless(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpadded(text: str) -> bytes:
    """Read base64url, with padding or without. Raises ValueError."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
