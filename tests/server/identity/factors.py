"""Second factors for tests: passwords that are quick to check, apps that count, and a passkey made of software."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
import pyotp
from argon2 import PasswordHasher
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlmodel import col, select
from webauthn.helpers import bytes_to_base64url

from server.access import Actor, Role
from server.audit import AuditEvent
from server.identity.authenticator_actions import confirm_app, start_app
from server.identity.authenticator_rules import RelyingParty
from server.identity.authenticator_store import app_secret, authenticators_of, pending_app
from server.identity.passkey_actions import Answer, Challenge, add_passkey, new_passkey
from server.identity.second_step_actions import require_second_factor
from server.identity.tables import Account, Authenticator, RecoveryCode
from server.kit import field_name
from server.kit.ids import new_id
from server.outbox import OutboxMessage
from tests.cast import World

PASSWORD = "correct horse battery"
# A hash names its own costs; this one is quick to verify.
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
HOST = "localhost"
NAMED = f"http://{HOST}:8000"
PARTY = RelyingParty(HOST, NAMED)
PRESENT, VERIFIED, ELIGIBLE, COPIED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


async def give_password(world: World, name: str = "pcp") -> None:
    """Give somebody the password."""
    async with world.deps.database.write() as session:
        (await session.get_one(Account, world.accounts[name].id)).password_hash = HASHED


async def ask_roles(world: World, *roles: Role) -> None:
    """Let the clinic's organization ask these roles for a second factor."""
    await require_second_factor(world.deps, world.actors["admin"], roles)


async def begun_secret(world: World, name: str = "pcp") -> str:
    """Give the secret of the app that somebody began."""
    async with world.deps.database.read() as session:
        row = await pending_app(session, world.accounts[name].id, world.clock.now)
    assert row is not None
    return app_secret(world.deps.keyring, row)


async def give_app(world: World, name: str = "pcp") -> str:
    """Give somebody an app that counts; gives its secret. Its first code was one of ten minutes ago."""
    actor, now = world.actors[name], world.clock.now
    world.clock.pass_(minutes=-10)
    await start_app(world.deps, actor)
    secret = await begun_secret(world, name)
    await confirm_app(world.deps, actor, code(world, secret), "Phone")
    world.clock.now = now
    return secret


def code(world: World, secret: str, steps: int = 0) -> str:
    """Give what an app shows now, or some steps of half a minute later."""
    return pyotp.TOTP(secret).at(world.clock.now, counter_offset=steps)


async def authenticators(world: World, name: str = "pcp") -> list[Authenticator]:
    """Give what somebody has that counts."""
    async with world.deps.database.read() as session:
        return list(await authenticators_of(session, world.accounts[name].id))


async def recovery_codes(world: World, name: str = "pcp") -> list[RecoveryCode]:
    """Give somebody's recovery codes as they are kept."""
    async with world.deps.database.read() as session:
        mine = select(RecoveryCode).where(RecoveryCode.account_id == world.accounts[name].id)
        return list((await session.exec(mine)).all())


async def noted(world: World, action: str) -> list[AuditEvent]:
    """Give the events of an action."""
    async with world.deps.database.read() as session:
        return list((await session.exec(select(AuditEvent).where(AuditEvent.action == action))).all())


async def mails(world: World) -> list[tuple[str, str]]:
    """Give to whom mails were queued, and their texts, oldest first."""
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all()

    def opened(row: OutboxMessage, column: str) -> str:
        return world.deps.keyring.open(getattr(row, column), field_name("outbox_message", row.id, column))

    return [(opened(row, "recipient"), opened(row, "body")) for row in rows]


@dataclass
class SoftPasskey:
    """A passkey in software, and the browser around it (WebAuthn 3, sections 5.8.1 and 6.1); it can be made to lie."""

    origin: str = NAMED
    host: str = HOST
    flags: int = PRESENT | VERIFIED | ELIGIBLE
    counter: int = 0
    handle: bytes | None = None
    id: bytes = field(default_factory=lambda: new_id().bytes * 2)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, asked: dict[str, Any]) -> str:
        """Answer `navigator.credentials.create`."""
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        held = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        data = self._data(ATTESTED) + held
        told = {"attestationObject": cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})}
        return self._credential(self._client("webauthn.create", asked), told, transports=["internal", "telepathy"])

    def used(self, asked: dict[str, Any]) -> str:
        """Answer `navigator.credentials.get`."""
        data, client = self._data(0), self._client("webauthn.get", asked)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {"authenticatorData": data, "signature": signature}
        return self._credential(client, told | ({"userHandle": self.handle} if self.handle else {}))

    def _data(self, more: int) -> bytes:
        return (
            hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | more]) + self.counter.to_bytes(4, "big")
        )

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _credential(self, client: bytes, told: dict[str, bytes], **more: object) -> str:
        name = bytes_to_base64url(self.id)
        response = {key: bytes_to_base64url(value) for key, value in {"clientDataJSON": client, **told}.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": {**response, **more}})


def answered(asked: Challenge, credential: str) -> Answer:
    """Put an answer together as the page sends it."""
    return Answer(PARTY, asked.token, credential)


async def give_passkey(world: World, name: str = "pcp", **lies: Any) -> SoftPasskey:
    """Give somebody a passkey."""
    actor: Actor = world.actors[name]
    assert actor.account_id is not None
    passkey = SoftPasskey(handle=actor.account_id.bytes, **lies)
    asked = await new_passkey(world.deps, actor, PARTY)
    await add_passkey(world.deps, actor, answered(asked, passkey.made(asked.options)), "Laptop")
    return passkey
