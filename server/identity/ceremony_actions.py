"""Steps of signing in that wait for an answer. The browser holds a secret; what it stands for is kept here, sealed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, update

from server.identity.store import ceremony_by_token
from server.identity.tables import Ceremony
from server.kit import Secret, digest, field_name, new_secret
from server.kit.ids import new_id
from server.web import Deps

LIFETIME = timedelta(minutes=10)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was begun: its row's id, whose it is, and what was kept for it."""

    id: UUID
    account_id: UUID | None
    data: Mapping[str, Any]


async def begin_step(
    deps: Deps, kind: str, data: Mapping[str, Any], *, account_id: UUID | None = None, token: str = ""
) -> Secret:
    """Keep what a step needs and give the secret that its answer must bring; `token` is one that exists already."""
    secret, row_id = Secret(token, digest(token)) if token else new_secret(), new_id()
    row = Ceremony(
        id=row_id,
        kind=kind,
        token_hash=secret.digest,
        account_id=account_id,
        data=deps.keyring.seal(json.dumps(dict(data)), field_name("ceremony", row_id, "data")),
        ends_at=deps.now() + LIFETIME,
    )
    async with deps.database.write() as session:
        await session.exec(delete(Ceremony).where(col(Ceremony.ends_at) <= deps.now()))
        session.add(row)
    return secret


async def look_at_step(deps: Deps, kind: str, token: str) -> Step | None:
    """Give a step that waits still, without taking it; None when it is over, was taken, or was tried too often."""
    async with deps.database.read() as session:
        row = await ceremony_by_token(session, kind, digest(token))
    if row is None or row.taken_at is not None or row.tries >= MOST_TRIES or deps.now() >= row.ends_at:
        return None
    opened = deps.keyring.open(row.data, field_name("ceremony", row.id, "data"))
    return Step(row.id, row.account_id, json.loads(opened))


async def take_step(deps: Deps, kind: str, token: str) -> Step | None:
    """Take a step: of any number of answers at once exactly one gets it, the others get None."""
    step = await look_at_step(deps, kind, token)
    return step if step is not None and await finish_step(deps, step) else None


async def finish_step(deps: Deps, step: Step) -> bool:
    """Take a step that was looked at before; tell whether it was there to be taken still."""
    free = update(Ceremony).where(col(Ceremony.id) == step.id, col(Ceremony.taken_at).is_(None))
    async with deps.database.write() as session:
        taken = await session.exec(free.values(taken_at=deps.now()))
    return taken.rowcount == 1


async def count_try(deps: Deps, step: Step) -> bool:
    """Count an answer, before it is looked at; False when there were five already, however many come at once."""
    free = update(Ceremony).where(col(Ceremony.id) == step.id, col(Ceremony.tries) < MOST_TRIES)
    async with deps.database.write() as session:
        counted = await session.exec(free.values(tries=col(Ceremony.tries) + 1))
    return counted.rowcount == 1
