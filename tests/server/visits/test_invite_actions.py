"""Asking a colleague into a visit: by who conducts it, with the patient's word, once."""

import pytest

from server.kit import Forbidden, Gone, Invalid, NotFound
from server.visits.actions import end_visit
from server.visits.invite_actions import invite
from tests.cast import World
from tests.server.visits import journey
from tests.server.visits.conftest import Heard

pytestmark = pytest.mark.anyio


async def ask(
    world: World, visit_id: object, who: str = "pcp", whom: str = "psychiatrist", agreed: bool = True
) -> None:
    practitioner = world.practitioners[whom]
    await invite(world.deps, world.live, world.actors[who], visit_id, practitioner.id, agreed=agreed)  # type: ignore[arg-type]


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
