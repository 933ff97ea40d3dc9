"""What signaling reports of pages is in the rows when the report returns, and colleagues' pages are told once."""

from uuid import UUID

import pytest

from server.calls import CallFacts
from server.kit.ids import new_id
from signaling import Offline, Online
from tests.cast import TEN, World
from tests.server.calls.presence import come, go, presences

pytestmark = pytest.mark.anyio


def listening(world: World) -> tuple[CallFacts, list[UUID]]:
    facts, told = CallFacts(world.deps), list[UUID]()

    async def tell(organization_id: UUID) -> None:
        told.append(organization_id)

    facts.tell_presence = tell
    return facts, told


async def test_coming_and_going_is_told_without_saying_who_and_only_once(world: World) -> None:
    facts, told = listening(world)
    home = world.clinic.organization_id
    await come(world, "pcp", facts=facts)
    await come(world, "pcp", facts=facts)
    assert told == [home]
    await go(world, "pcp", facts=facts)
    await go(world, "pcp", facts=facts)
    assert told == [home, home]


async def test_of_earlier_nodes_only_the_last_time_seen_is_kept(world: World) -> None:
    for node in ("n1", "n2", "n3"):
        await come(world, "pcp", node)
        await go(world, "pcp", node)
    (row,) = await presences(world)
    assert (row.node_id, row.gone_at is None) == ("n3", False)
    await come(world, "pcp", "n3")
    (row,) = await presences(world)
    assert (row.node_id, row.gone_at) == ("n3", None)


async def test_a_report_of_nobody_known_changes_nothing(world: World) -> None:
    facts, told = listening(world)
    for account in ("x", str(new_id())):
        await facts.online(Online(account, "n1", TEN))
        await facts.offline(Offline(account, "n1", TEN))
    await go(world, "pcp", facts=facts)
    assert (await presences(world), told) == ([], [])
