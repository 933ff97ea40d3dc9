"""Queries of presence and of nodes: who of an organization's staff is there. The only place that reads their leases."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import CLINICIANS, Actor, Role
from server.calls.presence_rules import GRACE, Choice, PresenceFacts, Shown, shown_state
from server.calls.tables import Availability, Node, PresenceConnection, Room, Seat
from server.identity import idle_accounts, members_in_roles
from server.jobs import database_now
from server.kit.ids import new_id
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Colleague:
    """A clinician as colleagues see them. `until` is when a chosen state ends, `last_seen` given when offline."""

    account_id: UUID
    name: str
    roles: frozenset[Role]
    state: Shown
    until: datetime | None
    last_seen: datetime | None


async def colleagues_of(session: AsyncSession, deps: Deps, actor: Actor) -> list[Colleague]:
    """Give the clinicians of the actor's organization, those who are there first, then by name."""
    members = await members_in_roles(session, actor, CLINICIANS)
    facts = await _facts(session, deps, actor, members)
    seen = await _last_seen(session, members)
    now = deps.now()
    found = [
        _colleague(account_id, *person, facts[account_id], seen.get(account_id), now)
        for account_id, person in members.items()
    ]
    order = list(Shown)
    return sorted(found, key=lambda one: (order.index(one.state), one.name.casefold()))


async def presence_of(
    session: AsyncSession, deps: Deps, actor: Actor, accounts: Collection[UUID]
) -> Mapping[UUID, Shown]:
    """Give what some accounts of the actor's organization show; of a thousand colleagues only these are looked at."""
    facts = await _facts(session, deps, actor, accounts)
    return {account: shown_state(facts[account], deps.now()) for account in accounts}


async def own_choice(session: AsyncSession, actor: Actor) -> Availability | None:
    """Give what the actor said of themselves in the acting organization."""
    query = select(Availability).where(
        Availability.account_id == actor.account_id, Availability.organization_id == actor.organization_id
    )
    return (await session.exec(query)).first()


async def keep_choice(session: AsyncSession, actor: Actor, choice: Choice, now: datetime) -> None:
    """Write what the actor says of themselves in the acting organization, in one statement: two pages may at once."""
    connection = await session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    said = {"status": choice.status.value, "until": choice.until, "set_at": now}
    whose = {"account_id": actor.account_id, "organization_id": actor.organization_id}
    row = insert(Availability).values(id=new_id(), **whose, **said)
    await connection.execute(row.on_conflict_do_update(index_elements=list(whose), set_=said))


def choice_of(row: Availability | None) -> Choice:
    """Read a row; without one a person is available."""
    return Choice(Shown(row.status), row.until) if row else Choice()


async def presence_at(session: AsyncSession, account_id: UUID, node_id: str) -> PresenceConnection | None:
    """Give the row of an account at a node, for what signaling reports."""
    query = select(PresenceConnection).where(
        PresenceConnection.account_id == account_id, PresenceConnection.node_id == node_id
    )
    return (await session.exec(query.with_for_update())).first()


async def accounts_at(session: AsyncSession, node_ids: Collection[str]) -> frozenset[UUID]:
    """Give whose pages are connected to these nodes."""
    query = select(PresenceConnection.account_id).where(
        col(PresenceConnection.node_id).in_(node_ids), col(PresenceConnection.gone_at).is_(None)
    )
    return frozenset((await session.exec(query)).all())


async def stale_nodes(session: AsyncSession, now: datetime) -> Sequence[Node]:
    """Give the nodes that were silent for their lease and the grace, but for those that another one clears now."""
    query = select(Node).where(col(Node.leased_until) <= now - GRACE)
    return (await session.exec(query.order_by(Node.id).with_for_update(skip_locked=True))).all()


async def seats_held_by(session: AsyncSession, node_id: str) -> Sequence[Seat]:
    """Give the seats whose connection is one of a node's."""
    return (await session.exec(select(Seat).where(col(Seat.connection).startswith(f"{node_id}-")))).all()


async def present_at(session: AsyncSession, node_id: str) -> Sequence[PresenceConnection]:
    """Give whose pages are connected to a node."""
    query = select(PresenceConnection).where(
        PresenceConnection.node_id == node_id, col(PresenceConnection.gone_at).is_(None)
    )
    return (await session.exec(query)).all()


async def _facts(
    session: AsyncSession, deps: Deps, actor: Actor, accounts: Collection[UUID]
) -> Mapping[UUID, PresenceFacts]:
    online, calling = await _online(session, accounts), await _in_call(session, accounts)
    idle = await idle_accounts(session, accounts, deps.now(), deps.settings.session_idle_minutes)
    query = select(Availability).where(
        Availability.organization_id == actor.organization_id, col(Availability.account_id).in_(accounts)
    )
    chosen = {row.account_id: choice_of(row) for row in (await session.exec(query)).all()}
    return {
        account: PresenceFacts(account in online, account in calling, account in idle, chosen.get(account, Choice()))
        for account in accounts
    }


async def _online(session: AsyncSession, accounts: Collection[UUID]) -> frozenset[UUID]:
    query = (
        select(PresenceConnection.account_id)
        .join(Node, col(Node.id) == PresenceConnection.node_id)
        .where(
            col(PresenceConnection.account_id).in_(accounts),
            col(PresenceConnection.gone_at).is_(None),
            col(Node.leased_until) > await database_now(session) - GRACE,
        )
    )
    return frozenset((await session.exec(query)).all())


async def _in_call(session: AsyncSession, accounts: Collection[UUID]) -> frozenset[UUID | None]:
    query = (
        select(Seat.account_id)
        .join(Room, col(Room.id) == Seat.room_id)
        .where(col(Seat.account_id).in_(accounts), col(Seat.connection).is_not(None), col(Room.ended_at).is_(None))
    )
    return frozenset((await session.exec(query)).all())


async def _last_seen(session: AsyncSession, accounts: Collection[UUID]) -> dict[UUID, datetime]:
    pages = select(PresenceConnection.account_id, func.max(PresenceConnection.gone_at)).where(
        col(PresenceConnection.account_id).in_(accounts)
    )
    calls = select(Seat.account_id, func.max(Seat.left_at)).where(col(Seat.account_id).in_(accounts))
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for query, key in ((pages, PresenceConnection.account_id), (calls, Seat.account_id)):
        for account, moment in (await session.exec(query.group_by(col(key)))).all():
            if account is not None and moment is not None:
                found[account].append(moment)
    return {account: max(moments) for account, moments in found.items()}


def _colleague(
    account_id: UUID, name: str, roles: frozenset[Role], facts: PresenceFacts, seen: datetime | None, now: datetime
) -> Colleague:
    state = shown_state(facts, now)
    choice = facts.choice.at(now)
    return Colleague(
        account_id,
        name,
        roles & CLINICIANS,
        state,
        choice.until if state is choice.status else None,
        seen if state is Shown.OFFLINE else None,
    )
