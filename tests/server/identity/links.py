"""Links for tests, for no visit in particular, and a way to see which sessions were revoked, and when."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from sqlmodel import select

from server.identity import AccessLink, LinkTerms, let_in, make_link
from server.identity.link_actions import guest_key
from server.kit import Secret, digest, new_secret
from server.kit.ids import new_id
from server.web import Deps
from tests.cast import World

BORN = "1992-04-17"
WRONG = "1992-04-18"


async def new_link(world: World, subject_id: UUID | None = None, replaces: AccessLink | None = None) -> Secret:
    """Make a link that is open from half an hour ago until in an hour; gives its text."""
    secret, now = new_secret(), world.clock.now
    window = now - timedelta(minutes=30), now + timedelta(hours=1)
    terms = LinkTerms(world.actors["pcp"].organization_id, "visit", subject_id or new_id(), *window, proof=BORN)
    async with world.deps.database.write() as session:
        old = await session.get(AccessLink, replaces.id) if replaces else None
        await make_link(session, world.deps, terms, secret, old)
    return secret


async def stored(world: World, secret: Secret) -> AccessLink:
    """Read a link's row afresh."""
    async with world.deps.database.read() as session:
        return (await session.exec(select(AccessLink).where(AccessLink.token_hash == digest(secret.text)))).one()


async def change(world: World, secret: Secret, **columns: object) -> None:
    """Write columns of a link's row."""
    async with world.deps.database.write() as session:
        link = (await session.exec(select(AccessLink).where(AccessLink.token_hash == secret.digest))).one()
        for name, value in columns.items():
            setattr(link, name, value)


@dataclass
class Revocations:
    """Stands in for the live connections: keeps which session keys were revoked, and who held the link by then."""

    world: World
    link: Secret
    keys: list[str] = field(default_factory=list)
    holders: list[str] = field(default_factory=list)

    def watched(self) -> Deps:
        """Give dependencies whose revocations end up here."""
        return replace(self.world.deps, revoke=self._revoke)

    async def _revoke(self, session_key: str) -> None:
        self.keys.append(session_key)
        self.holders.append(guest_key((await stored(self.world, self.link)).browser_hash))


async def let_device_in(world: World, deps: Deps, secret: Secret, *, fail: bool = False) -> None:
    """Press "Let in on this device", in a transaction that may fail at its end."""
    async with world.deps.database.write() as session:
        link = (await session.exec(select(AccessLink).where(AccessLink.token_hash == secret.digest))).one()
        let_in(session, deps, link)
        if fail:
            raise RuntimeError("the transaction fails")
