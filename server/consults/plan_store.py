"""What a case rings by: the paths of its service for its urgency, with the accounts behind their people and groups."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.consults.ring_state import Path, Plan, Step
from server.consults.service_rules import OnDecline, OnNobody, StepKind, Urgency, waits_for_duty
from server.consults.service_rules import Step as PathStep
from server.consults.service_store import members_of_groups, on_duty, paths_of, profiles_of
from server.consults.service_tables import EscalationPath
from server.directory import Practitioner, practitioners_by_ids
from server.kit.ids import AccountId

# Where a service keeps no path for what is needed at once: everyone who covers it, for a minute and once more.
PLAIN = Path((Step(StepKind.EVERYONE, seconds=60),), restarts=1)


async def on_duty_of(
    session: AsyncSession, organization_id: UUID, accounts: Collection[AccountId], now: datetime
) -> frozenset[AccountId]:
    """Give those of several accounts of an organization who take consults at a moment."""
    query = select(Practitioner).where(
        Practitioner.organization_id == organization_id, col(Practitioner.account_id).in_(accounts)
    )
    people = (await session.exec(query)).all()
    there = await on_duty(session, people, await profiles_of(session, people), now)
    return frozenset(AccountId(one.account_id) for one in people if one.account_id and one.id in there)


async def plan_of(
    session: AsyncSession,
    actor: Actor,
    service_id: UUID,
    urgency: Urgency,
    covering: Sequence[AccountId],
    known: Mapping[UUID, AccountId] = MappingProxyType({}),
) -> Plan:
    """Give how a case of the actor's organization rings; `covering` are those who may take it, best first.

    `known` are accounts of the organization by practitioner, which are then not looked up. Whose turn it is in a round
    robin is asked when it is taken (`ring_store.hold_turns`).

    A plan without paths rings nobody: what has time, and no path for it, is answered in writing.
    """
    kept = await paths_of(session, actor.organization_id, service_id)
    rows = [(path, steps) for path, steps in kept if urgency in path.urgencies and steps]
    if not rows:
        return Plan((PLAIN,) if waits_for_duty(urgency) else (), tuple(covering))
    accounts = await _accounts(session, actor, [step for _, steps in rows for step in steps], known)
    paths = tuple(_path(path, steps, accounts) for path, steps in rows)
    return Plan(paths, tuple(covering))


async def _accounts(
    session: AsyncSession, actor: Actor, steps: Iterable[PathStep], known: Mapping[UUID, AccountId]
) -> Mapping[UUID, tuple[AccountId, ...]]:
    """Give the accounts behind each practitioner and each group that the steps name, by its id."""
    groups = await members_of_groups(session, actor.organization_id, {s.group_id for s in steps if s.group_id})
    alone = {step.practitioner_id for step in steps if step.practitioner_id}
    wanted = alone.union(*groups.values()) - known.keys()
    people = await practitioners_by_ids(session, actor, wanted) if wanted else {}
    behind = {**known, **{id_: AccountId(one.account_id) for id_, one in people.items() if one.account_id}}
    named = {id_: (behind[id_],) for id_ in alone if id_ in behind}
    return named | {id_: tuple(behind[one] for one in members if one in behind) for id_, members in groups.items()}


def _path(row: EscalationPath, steps: Iterable[PathStep], accounts: Mapping[UUID, tuple[AccountId, ...]]) -> Path:
    return Path(
        tuple(_step(step, accounts) for step in steps), row.restarts, OnDecline(row.on_decline), OnNobody(row.on_nobody)
    )


def _step(step: PathStep, accounts: Mapping[UUID, tuple[AccountId, ...]]) -> Step:
    named = step.practitioner_id or step.group_id
    group = str(step.group_id) if step.group_id else ""
    return Step(step.kind, accounts.get(named, ()) if named else (), step.seconds, group)
