"""Asking a colleague into a visit: by who conducts it, with the patient's word, once; taking it back, and declining."""

import asyncio
from uuid import UUID

import pytest

from server.calls import account_audience
from server.kit import Conflict, CurbsideError, Forbidden, Gone, Invalid, NotFound
from server.visits.actions import end_visit, start_visit
from server.visits.invite_actions import close_notice, take_back
from tests.cast import World
from tests.server.visits import journey
from tests.server.visits.conftest import Heard
from tests.server.visits.invitations import ask, invitations, statuses

pytestmark = pytest.mark.anyio


async def test_who_was_asked_in_gets_a_ticket_under_their_own_name_and_their_today_hears_of_it(
    world: World, listen: Heard
) -> None:
    visit_id, _ = await world.visit()
    psychiatrist = await world.signed_in("psychiatrist")
    assert (await psychiatrist.post(f"/visits/{visit_id}/ticket")).status_code == 403
    told = listen(world)
    await ask(world, visit_id)
    await ask(world, visit_id)
    ticket = world.live.tickets.open((await psychiatrist.post(f"/visits/{visit_id}/ticket")).json()["ticket"])
    assert (ticket.name, ticket.standing) == ("Dr. L. Brandt", "admitted")
    assert [topic for _, _, topic in told][:1] == ["today"]
    assert ("changed", account_audience(world.accounts["psychiatrist"].id), "invitation") in told
    (event,) = await journey.audited(world, "invite")
    assert (event.entity_id, event.patient_id, event.why) == (visit_id, world.patient.id, "")


async def test_without_the_patients_word_nobody_comes_in(site: World) -> None:
    visit_id, _ = await site.visit()
    with pytest.raises(Invalid) as refused:
        await ask(site, visit_id, agreed=False)
    assert refused.value.errors == {"agreed": "Ask the patient first."}
    assert (await (await site.signed_in("psychiatrist")).get(f"/visits/{visit_id}/call")).status_code == 403


async def test_only_who_conducts_the_visit_asks_in_and_nobody_of_another_organization(site: World) -> None:
    visit_id, _ = await site.visit()
    with pytest.raises(Forbidden):
        await ask(site, visit_id, who="psychiatrist")
    with pytest.raises(NotFound):
        await ask(site, visit_id, who="outsider")
    with pytest.raises(Invalid):
        await ask(site, visit_id, whom="outsider")


async def test_into_a_visit_that_is_over_nobody_is_asked(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.waiting(site, token)
    await end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    with pytest.raises(Gone):
        await ask(site, visit_id)


async def join(world: World, visit_id: UUID, who: str = "psychiatrist") -> None:
    await start_visit(world.deps, world.live, world.actors[who], visit_id)


async def withdraw(world: World, invitation_id: UUID, who: str = "pcp") -> None:
    await take_back(world.deps, world.live, world.actors[who], invitation_id)


async def close(world: World, invitation_id: UUID, who: str = "psychiatrist") -> None:
    await close_notice(world.deps, world.live, world.actors[who], invitation_id)


async def test_what_was_taken_back_lets_nobody_in_and_is_told_and_written_down_once(
    world: World, listen: Heard
) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    told = listen(world)
    await withdraw(world, row.id)
    await withdraw(world, row.id)
    with pytest.raises(Forbidden):
        await join(world, visit_id)
    room = str((await journey.encounter_of(world, visit_id)).room_id)
    assert told == [
        ("changed", f"organization:{world.clinic.organization_id}", "today"),
        ("changed", account_audience(world.accounts["psychiatrist"].id), "invitation"),
        ("changed", room, "invitation"),
    ]
    (event,) = await journey.audited(world, "take_back_invite")
    assert (event.account_id, event.entity_id) == (world.accounts["pcp"].id, visit_id)


async def test_who_has_come_in_is_not_sent_away_by_taking_it_back(world: World, listen: Heard) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    told = listen(world)
    await join(world, visit_id)
    assert ("changed", account_audience(world.accounts["psychiatrist"].id), "invitation") in told
    with pytest.raises(Conflict):
        await withdraw(world, row.id)
    await join(world, visit_id)
    assert await statuses(world) == ["joined"]
    assert len(await journey.audited(world, "take_up_invite")) == 1


async def test_of_joining_and_taking_back_at_once_one_happens(world: World) -> None:
    for _ in range(5):
        visit_id, _ = await world.visit()
        row = await ask(world, visit_id)
        ended = await asyncio.gather(join(world, visit_id), withdraw(world, row.id), return_exceptions=True)
        (refused,) = [one for one in ended if one is not None]
        assert isinstance(refused, CurbsideError)
        status = (await statuses(world))[-1]
        assert (status, type(refused)) in {("joined", Conflict), ("withdrawn", Forbidden)}


async def test_who_declines_takes_part_no_more_and_may_be_asked_again(world: World) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    await close(world, row.id)
    await close(world, row.id)
    with pytest.raises(Forbidden):
        await join(world, visit_id)
    assert len(await journey.audited(world, "decline_invite")) == 1
    await ask(world, visit_id)
    await join(world, visit_id)
    assert await statuses(world) == ["declined", "joined"]


async def test_that_it_was_taken_back_is_kept_as_read_once(world: World) -> None:
    visit_id, _ = await world.visit()
    row = await ask(world, visit_id)
    await withdraw(world, row.id)
    await close(world, row.id)
    world.clock.pass_(minutes=1)
    await close(world, row.id)
    (kept,) = await invitations(world)
    assert (kept.status, kept.seen_at) == ("withdrawn", row.invited_at)


async def test_only_who_asked_or_leads_takes_back_and_only_who_is_asked_declines(world: World) -> None:
    visit_id, _ = await world.visit()
    first = await ask(world, visit_id)
    await join(world, visit_id)
    second = await ask(world, visit_id, who="psychiatrist", whom="caremanager")
    for who, refusal in (("caremanager", Forbidden), ("frontdesk", Forbidden), ("outsider", NotFound)):
        with pytest.raises(refusal):
            await withdraw(world, second.id, who)
    for who in ("pcp", "psychiatrist", "outsider"):
        with pytest.raises(NotFound):
            await close(world, second.id, who)
    await withdraw(world, second.id, "pcp")
    assert [row.status for row in await invitations(world) if row.id != first.id] == ["withdrawn"]


async def test_after_the_end_nothing_is_taken_back_and_who_was_asked_hears_of_the_end(
    world: World, listen: Heard
) -> None:
    visit_id, token = await world.visit()
    row = await ask(world, visit_id)
    await journey.patient_waits(world, token)
    told = listen(world)
    await end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    assert ("changed", account_audience(world.accounts["psychiatrist"].id), "invitation") in told
    with pytest.raises(Gone):
        await withdraw(world, row.id)
