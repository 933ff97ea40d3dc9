"""Verification: walks every chain from its beginning, or its last checkpoint, and names the first thing that is wrong.

All is read in one snapshot. Heads and anchors are what an attacker with the database cannot make: a chain that was
written anew differs from them, and one whose tail was cut does not reach them.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from server.audit.anchors import Anchor, in_lots, read_anchors
from server.audit.chain_rules import (
    Fault,
    Head,
    Tail,
    Wrong,
    chain_of,
    checkpoint_statement,
    follow,
    head_statement,
)
from server.audit.chain_store import (
    chains,
    checkpoints_of,
    forgotten_event,
    hashes_at,
    heads_between,
    last_heads,
    links_after,
)
from server.audit.signatures import Verifier
from server.audit.tables import AuditHead
from server.db import Database

BATCH = 1000


@dataclass(slots=True)
class Report:
    """What was found: how many links and heads were checked, how far each chain is right, and what is wrong."""

    links: int = 0
    heads: int = 0
    tails: dict[str, Tail] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What to verify against.

    The public keys, the server's own anchor files (which must reach the last head), copies of such files (which may be
    older), and the moment before which every event must have been sealed.
    """

    public_keys: Collection[bytes]
    own_anchors: Sequence[Path] = ()
    copies: Sequence[Path] = ()
    sealed_before: datetime | None = None


async def verify(database: Database, evidence: Evidence) -> Report:
    """Verify all chains; of each, the first thing that is wrong is told. A file that is missing counts as empty."""
    verifier, report = Verifier(evidence.public_keys), Report()
    files = [(path, _size(path)) for path in (*evidence.own_anchors, *evidence.copies)]  # before the snapshot
    found: list[Fault] = []
    async with database.read() as session:
        for chain in await chains(session):
            found += [fault async for fault in _walk(session, verifier, chain, report)]
        for path, size in files:
            own = evidence if path in evidence.own_anchors else None
            found += await _check_anchors(session, verifier, path, size, own)
        unsealed = await _check_unsealed(session, evidence.sealed_before)
    first = {fault.chain: fault for fault in reversed(found)}
    report.faults = [*reversed(first.values()), *unsealed]
    return report


async def _walk(session: AsyncSession, verifier: Verifier, chain: str, report: Report) -> AsyncIterator[Fault]:
    """Follow one chain to its end or to the first thing that is wrong."""
    tail, fault = await _beginning(session, verifier, chain)
    signed = tail.sequence
    while fault is None:
        links = await links_after(session, chain, tail.sequence, BATCH)
        before = tail.sequence
        tail, fault = follow(chain, tail, links)
        report.links += tail.sequence - before
        heads = await heads_between(session, chain, before, tail.sequence)
        hashes = {link.sequence: link.hash for link in links}
        # what the heads say comes first: they lie before the link at which the walk stopped
        fault = next((f for head in heads if (f := _check_head(verifier, chain, head, hashes))), fault)
        signed = heads[-1].tail.sequence if heads else signed
        report.heads += len(heads)
        if len(links) < BATCH:
            break
    report.tails[chain] = tail
    fault = fault or await _check_end(session, chain, tail, signed)
    if fault is not None:
        yield fault


async def _beginning(session: AsyncSession, verifier: Verifier, chain: str) -> tuple[Tail, Fault | None]:
    """Give where the walk begins: what lies at or before a signed checkpoint may be gone."""
    checkpoints = await checkpoints_of(session, chain)
    for row in checkpoints:
        statement = checkpoint_statement(chain, Tail(row.sequence, row.hash), row.expired_before, row.signed_at)
        if not verifier.fits(statement, row.signature):
            return Tail(), Fault(chain, Wrong.CHECKPOINT_FORGED, row.sequence)
    last = checkpoints[0] if checkpoints else None
    return (Tail(last.sequence, last.hash) if last else Tail()), None


def _check_head(verifier: Verifier, chain: str, head: Head, hashes: Mapping[int, bytes]) -> Fault | None:
    sequence = head.tail.sequence
    if not verifier.fits(head_statement(chain, head.tail, head.signed_at), head.signature):
        return Fault(chain, Wrong.HEAD_FORGED, sequence)
    return None if hashes.get(sequence) == head.tail.hash else Fault(chain, Wrong.HEAD_DIFFERS, sequence)


async def _check_end(session: AsyncSession, chain: str, tail: Tail, signed: int) -> Fault | None:
    """Heads are written together with the links that they sign: the last link has one, and none lies beyond it."""
    if await heads_between(session, chain, tail.sequence):
        return Fault(chain, Wrong.TAIL_CUT, tail.sequence + 1)
    return Fault(chain, Wrong.NOT_SIGNED, signed + 1) if signed < tail.sequence else None


async def _check_anchors(
    session: AsyncSession, verifier: Verifier, path: Path, size: int, own: Evidence | None
) -> list[Fault]:
    """Compare a file with the chains: one fault per chain at most. Also, for an own file, that it reaches the heads."""
    faults: dict[str, Fault] = {}
    reached: dict[str, int] = {}
    for lot in in_lots(read_anchors(path, size)) if size else ():
        for fault in await _check_lot(session, verifier, lot, reached):
            faults.setdefault(fault.chain, fault)
    if own is not None:
        for head in await last_heads(session):
            late = own.sealed_before is None or head.signed_at < own.sealed_before
            if late and reached.get(head.chain, 0) < head.sequence:
                faults.setdefault(head.chain, Fault(head.chain, Wrong.ANCHOR_BEHIND, head.sequence))
    return list(faults.values())


async def _check_lot(
    session: AsyncSession, verifier: Verifier, lot: Sequence[Anchor | int], reached: dict[str, int]
) -> list[Fault]:
    unread = [Fault(f"line {line}", Wrong.ANCHOR_UNREADABLE) for line in lot if isinstance(line, int)]
    by_chain: dict[str, list[Anchor]] = {}
    for anchor in lot:
        if isinstance(anchor, Anchor):
            by_chain.setdefault(anchor.chain, []).append(anchor)
    found = []
    for chain, anchors in by_chain.items():
        reached[chain] = max(reached.get(chain, 0), *(anchor.tail.sequence for anchor in anchors))
        hashes = await hashes_at(session, chain, [anchor.tail.sequence for anchor in anchors])
        checkpoints = await checkpoints_of(session, chain)
        hashes |= {row.sequence: row.hash for row in checkpoints}
        pruned = checkpoints[0].sequence if checkpoints else 0
        found += [f for anchor in anchors if (f := _check_anchor(verifier, anchor, hashes, pruned))]
    return unread + found


def _check_anchor(verifier: Verifier, anchor: Anchor, hashes: dict[int, bytes], pruned: int) -> Fault | None:
    sequence = anchor.tail.sequence
    if not verifier.fits(head_statement(anchor.chain, anchor.tail, anchor.signed_at), anchor.signature):
        return Fault(anchor.chain, Wrong.ANCHOR_FORGED, sequence)
    if sequence not in hashes:
        return None if sequence <= pruned else Fault(anchor.chain, Wrong.TAIL_CUT, sequence)
    return None if hashes[sequence] == anchor.tail.hash else Fault(anchor.chain, Wrong.ANCHOR_DIFFERS, sequence)


async def _check_unsealed(session: AsyncSession, before: datetime | None) -> list[Fault]:
    row = await forgotten_event(session, before) if before else None
    return [Fault(chain_of(row[1]), Wrong.UNSEALED, None, row[0])] if row else []


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def head_fits(session: AsyncSession, head: AuditHead, public_key: bytes) -> bool:
    """Tell whether a stored head is signed by the server's key and the link that it names has its hash still."""
    tail = Tail(head.sequence, head.hash)
    if not Verifier([public_key]).fits(head_statement(head.chain, tail, head.signed_at), head.signature):
        return False
    return (await hashes_at(session, head.chain, [head.sequence])).get(head.sequence) == head.hash
