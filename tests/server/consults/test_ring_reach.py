"""Who is rung is reached on their devices too, until the ring is over."""

import pytest

from server.consults.incoming_actions import accept_consult
from server.consults.ring_reach import tell
from server.directory import Organization
from server.kit import field_name
from server.outbox import OutboxMessage
from server.outbox.reach_rules import Kind
from tests.cast import World
from tests.server.consults import asking
from tests.server.consults.written_cases import asked, kept
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


async def test_a_word_of_a_case_goes_by_mail_and_to_the_phone_in_the_language_of_whom_it_is_for(
    mailing: World,
) -> None:
    await reached.channel(mailing, Kind.SMS, "406-555-0178", language="es")
    assert await _told(mailing) == ["Una respuesta por escrito vence pronto."] * 2


async def test_who_keeps_no_language_is_told_in_that_of_the_organization(mailing: World) -> None:
    async with mailing.deps.database.write() as session:
        (await session.get_one(Organization, mailing.clinic.organization_id)).language = "es"
    assert await _told(mailing) == ["Una respuesta por escrito vence pronto."]


async def test_without_a_mail_server_the_phone_is_told_all_the_same(world: World) -> None:
    await reached.channel(world, Kind.SMS, "406-555-0178")
    assert await _told(world) == ["A written answer is due soon."]


async def _told(world: World) -> list[str]:
    """Tell Dr. Brandt of a case; gives the first sentence of each message."""
    consult, account = await kept(world, await asked(world)), world.accounts["psychiatrist"]
    async with world.deps.database.write() as session:
        await tell(session, world.deps, consult, account.id, "brandt@demo.test", "A written answer is due soon.")
    bodies = [
        world.deps.keyring.open(row.body or b"", field_name("outbox_message", row.id, "body"))
        for row in await _messages(world)
    ]
    assert all(f"/consults/{consult.id}/thread" in body for body in bodies)
    return [body.split(".")[0] + "." for body in bodies]


async def _messages(world: World) -> list[OutboxMessage]:
    found: list[OutboxMessage] = await journey.rows(world, OutboxMessage)
    return found
