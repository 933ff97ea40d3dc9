"""A real push service for the tests, on loopback: browsers that can decrypt, and a server that keeps what it got."""

import asyncio
import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from server.outbox.push_cipher import BrowserKeys, padless, unpadded
from tests.server.outbox.loopback import listening, read_request


@dataclass(frozen=True)
class Device:
    """A browser's side of a subscription (RFC 8291 read from the receiver's end)."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey
    secret: bytes

    @classmethod
    def new(cls, endpoint: str) -> "Device":
        return cls(endpoint, ec.generate_private_key(ec.SECP256R1()), os.urandom(16))

    @property
    def keys(self) -> BrowserKeys:
        return BrowserKeys(padless(self._point), padless(self.secret))

    @property
    def form(self) -> dict[str, Any]:
        """What the page posts when this browser subscribed."""
        return {"endpoint": self.endpoint, "p256dh": self.keys.p256dh, "auth": self.keys.auth}

    @property
    def _point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> bytes:
        """Decrypt a body. Raises ValueError for one that is not for this browser."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert 18 <= len(record) <= size
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        key = _hkdf(
            self.secret, self.private.exchange(ec.ECDH(), public), b"WebPush: info\0" + self._point + sender, 32
        )
        content_key = _hkdf(salt, key, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, key, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(content_key).decrypt(nonce, record, b"")
        except InvalidTag as error:
            raise ValueError("not for this browser") from error
        message, delimiter, _ = padded.rpartition(b"\x02")
        assert delimiter
        return message


def _hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    key = hmac.new(salt, material, hashlib.sha256).digest()
    return hmac.new(key, info + bytes([1]), hashlib.sha256).digest()[:length]


def signed_claims(authorization: str) -> dict[str, Any]:
    """Check the signature of a VAPID header and give what it says (RFC 8292)."""
    token, _, key = authorization.removeprefix("vapid t=").partition(", k=")
    point = unpadded(key)
    known: dict[str, str | list[str]] = {
        "kty": "EC",
        "crv": "P-256",
        "x": padless(point[1:33]),
        "y": padless(point[33:]),
    }
    return dict(jwt.decode(token, ECKey.import_key(known), algorithms=["ES256"]).claims)


@dataclass(frozen=True, slots=True)
class Pushed:
    """One request that reached the service: the path, its headers in lower case, its body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """`pushed` are all requests; `status` is what they are answered. It takes webhooks as well as pushes.

    `asked` is set by each request; while `held` is not set, none is answered.
    """

    port: int = 0
    status: int = 201
    silent: bool = False
    pushed: list[Pushed] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event | None = None

    def device(self, name: str = "1") -> Device:
        """Subscribe a browser."""
        return Device.new(f"http://127.0.0.1:{self.port}/push/{name}")

    @property
    def hook(self) -> str:
        """An address for webhooks."""
        return f"http://127.0.0.1:{self.port}/hook"

    def read(self, device: Device) -> list[Any]:
        """Give what a browser was sent, decrypted."""
        mine = [pushed for pushed in self.pushed if device.endpoint.endswith(pushed.path)]
        return [json.loads(device.read(pushed.body)) for pushed in mine]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            (_, path, _), headers, body = await read_request(reader)
            if self.silent:
                await reader.read()  # until the other side hangs up
                return
            self.asked.set()
            if self.held is not None:
                await self.held.wait()
            self.pushed.append(Pushed(path, headers, body))
            answer = f"HTTP/1.1 {self.status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(answer.encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked was killed
        finally:
            writer.close()


@asynccontextmanager
async def opened_push_service() -> AsyncIterator[PushService]:
    """Run a push service on a free port of loopback for the length of the block."""
    service = PushService()
    async with listening(service.serve) as service.port:
        yield service
