"""The sealer: chains committed events per organization, signs how far each chain reaches, and anchors that in a file.

One process seals at a time, by a lease; every process anchors all heads into its own file, so that a sealer that dies
between the two leaves nothing undone. Events are looked for from a little below the newest one, because a transaction
that began earlier may commit later, and now and then from the very first one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from server.audit.anchors import Anchor, anchored_until, append_anchors
from server.audit.chain_rules import COLUMNS, Tail, Values, chain_of, grown, head_statement, lowered
from server.audit.chain_store import (
    add_links,
    heads_since,
    last_heads,
    link_rows,
    newest_event,
    tail_of,
    unsealed_events,
)
from server.audit.signatures import Signer, key_id
from server.audit.tables import AuditHead
from server.jobs import take_lease
from server.kit.faults import places
from server.kit.ids import new_id
from server.settings import Settings
from server.web import Deps

BATCH = 40  # of events: their transaction takes less than 5 ms on SQLite
OVERLAP = 60  # seconds for which a transaction may be late and still be seen at once
SWEEP = timedelta(hours=1)
LEASE_NAME, LEASE = "audit-seal", timedelta(seconds=2)
_ORGANIZATION = COLUMNS.index("organization_id")
_log = structlog.get_logger("curbside.audit")


def anchor_files(settings: Settings) -> list[Path]:
    """Give the files into which heads are anchored: beside the data, and the second place where one is set."""
    second = [Path(settings.audit_anchor)] if settings.audit_anchor else []
    return [settings.data / "audit.anchors", *second]


class Sealer:
    """Seals what was committed; call it again and again."""

    def __init__(self, deps: Deps) -> None:
        """Take what is needed to read, sign and write."""
        self._deps, self._signer, self._holder = deps, Signer(deps.audit_key), str(new_id())
        self._after: UUID | None = None
        self._newest: UUID | None = None
        self._next_sweep: datetime | None = None
        self._files = [AnchorFile(path) for path in anchor_files(deps.settings)]

    async def work(self) -> bool:
        """Seal at most one batch and anchor what was signed; tells whether there is more to seal at once."""
        due = await self._due()
        sealed = not due or await seal(self._deps, self._signer, self._holder, due)
        if sealed:
            self._look_on(due)
        for file in self._files:
            await file.catch_up(self._deps, self._signer)
        return sealed and len(due) == BATCH

    async def _due(self) -> Sequence[Values]:
        async with self._deps.database.read() as session:
            if self._next_sweep is None or self._deps.now() >= self._next_sweep:
                self._next_sweep, self._after = self._deps.now() + SWEEP, None
                self._newest = await newest_event(session)
            return await unsealed_events(session, self._after, BATCH)

    def _look_on(self, due: Sequence[Values]) -> None:
        ids = [values[0] for values in due if isinstance(values[0], UUID)]
        self._newest = max((id_ for id_ in (*ids, self._newest) if id_), default=None)
        if len(due) == BATCH:
            self._after = ids[-1]
        elif self._newest is not None:
            self._after = lowered(self._newest, OVERLAP)


async def seal(deps: Deps, signer: Signer, holder: str, due: Sequence[Values]) -> bool:
    """Chain these events and sign the new heads; False when another sealer was faster, and nothing was written."""
    chained: dict[str, list[Values]] = {}
    for values in due:
        chained.setdefault(chain_of(values[_ORGANIZATION]), []).append(values)
    async with deps.database.read() as session:
        tails = await _tails(session, list(chained))
    now = deps.now()
    links = {chain: grown(chain, tails[chain], events, now) for chain, events in chained.items()}
    heads = [_head(signer, chain, Tail(new[-1].sequence, new[-1].hash), now) for chain, new in links.items()]
    try:
        return await _write(deps, holder, tails, link_rows(links), heads)
    except IntegrityError:  # these were sealed by another after we had read them
        return False


async def _write(
    deps: Deps,
    holder: str,
    tails: Mapping[str, Tail],
    links: Sequence[Mapping[str, Any]],
    heads: Sequence[AuditHead],
) -> bool:
    async with deps.database.write() as session:
        if not await take_lease(session, LEASE_NAME, holder, LEASE):
            return False
        if await _tails(session, list(tails)) != tails:
            return False
        await add_links(session, links)
        session.add_all(heads)
    return True


async def _tails(session: AsyncSession, chains: Sequence[str]) -> dict[str, Tail]:
    return {chain: await tail_of(session, chain) for chain in chains}


def _head(signer: Signer, chain: str, tail: Tail, now: datetime) -> AuditHead:
    signature = signer.sign(head_statement(chain, tail, now))
    return AuditHead(
        id=new_id(), chain=chain, sequence=tail.sequence, hash=tail.hash, signed_at=now, signature=signature
    )


class AnchorFile:
    """One anchor file, and how far it has got."""

    def __init__(self, path: Path) -> None:
        """Take the path; the file is made when there is something to write."""
        self._path = path
        self._until: dict[str, int] | None = None
        self._newest: UUID | None = None
        self._failed = False

    async def catch_up(self, deps: Deps, signer: Signer) -> None:
        """Append the heads that the file lacks. A disk that fails is logged once, and tried again each time."""
        try:
            await self._append(await self._new_heads(deps), key_id(signer.public_key))
            self._failed = False
        except OSError as error:
            if not self._failed:
                _log.error("anchors not written", kind=type(error).__name__, places=places(error))
            self._failed, self._until = True, None

    async def _new_heads(self, deps: Deps) -> list[AuditHead]:
        """Give new heads; the first time, and after a failure, the last one of each chain."""
        async with deps.database.read() as session:
            if self._until is None or self._newest is None:
                heads = await last_heads(session)
            else:
                heads = await heads_since(session, lowered(self._newest, OVERLAP))
        self._newest = max((head.id for head in heads), default=self._newest)
        if self._until is None:
            self._until = dict(await asyncio.to_thread(anchored_until, self._path))
        return [head for head in heads if head.sequence > self._until.get(head.chain, 0)]

    async def _append(self, heads: Sequence[AuditHead], key: str) -> None:
        if not heads or self._until is None:
            return
        lines = [
            Anchor(head.chain, Tail(head.sequence, head.hash), head.signed_at, key, head.signature) for head in heads
        ]
        await asyncio.to_thread(append_anchors, self._path, lines)
        self._until |= {head.chain: head.sequence for head in heads}
