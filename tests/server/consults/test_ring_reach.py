"""Who is rung is reached on their devices too, until the ring is over."""

import pytest

from server.consults.incoming_actions import accept_consult
from server.outbox import OutboxMessage
from server.outbox.reach_rules import Kind
from tests.cast import World
from tests.server.consults import asking
from tests.server.outbox import reached
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_a_ring_goes_to_the_phone_of_whom_it_rings(world: World) -> None:
    await reached.channel(world, Kind.SMS, "406-555-0178")
    consult_id = await asking.asked(world, await asking.service(world))
    (message,) = await _messages(world)
    assert (message.about_id, message.status) == (consult_id, "queued")


async def test_what_was_not_sent_before_somebody_took_the_case_is_not_sent(world: World) -> None:
    await reached.channel(world, Kind.SMS, "406-555-0178")
    consult_id = await asking.asked(world, await asking.service(world))
    world.clock.pass_(seconds=5)
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert [message.not_after for message in await _messages(world)] == [world.clock.now]


async def _messages(world: World) -> list[OutboxMessage]:
    found: list[OutboxMessage] = await journey.rows(world, OutboxMessage)
    return found
