"""The practitioner's side of the call: the page, tickets, admitting, what is written, and the end."""

import re
from typing import Any

import httpx2
import pytest

from server.calls import CallFacts
from server.visits import actions
from server.visits.invite_actions import take_back
from signaling import Said
from tests.cast import TEN, World
from tests.server.visits import journey
from tests.server.visits.invitations import ask

pytestmark = pytest.mark.anyio

JSON = {"Accept": "application/json"}


async def call(world: World, visit_id: Any, part: str = "call", who: str = "pcp") -> httpx2.Response:
    return await (await world.signed_in(who)).get(f"/visits/{visit_id}/{part}")


async def send(world: World, visit_id: Any, part: str, who: str = "pcp", **headers: str) -> httpx2.Response:
    return await (await world.signed_in(who)).post(f"/visits/{visit_id}/{part}", headers=headers)


async def end(world: World, visit_id: Any) -> None:
    await actions.end_visit(world.deps, world.live, world.actors["pcp"], visit_id)


async def test_the_call_knows_the_practitioner_and_where_the_patient_is(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    page = await call(site, visit_id)
    assert page.status_code == 200
    for words in (
        '"name": "Dr. R. Okafor"',
        '"role": "practitioner"',
        "118 Larch Street",
        "tel:406-555-0177",
        "tel:988",
    ):
        assert words in page.text


async def test_who_is_not_needed_any_more_reads_that_and_a_stranger_to_the_visit_that_it_is_not_theirs(
    site: World,
) -> None:
    visit_id, _ = await site.visit()
    row = await ask(site, visit_id)
    assert (await call(site, visit_id, who="psychiatrist")).status_code == 200
    await take_back(site.deps, site.live, site.actors["pcp"], row.id)
    late = await call(site, visit_id, who="psychiatrist")
    assert (late.status_code, "You are not asked into this visit any more." in late.text) == (410, True)
    assert (await call(site, visit_id, who="caremanager")).status_code == 403


async def test_who_came_for_a_consult_has_it_before_them_and_goes_back_to_it(site: World) -> None:
    visit_id, _ = await site.visit()
    case = "/consults/01a22d7d-e9b4-7810-a870-5a825668322c"
    for came, tab, goes_to, ends_at in (
        ("call", "tab-waiting", "/today", f"/visits/{visit_id}"),
        (f"call?consult={case.rpartition('/')[2]}", "tab-consult", case, case),
        ("call?consult=//elsewhere", "tab-waiting", "/today", f"/visits/{visit_id}"),
    ):
        shown = (await call(site, visit_id, came)).text
        assert re.findall(r'id="([a-z-]+)" aria-controls="[a-z-]+" aria-selected="true"', shown) == [tab]
        assert (f'id="leave" data-href="{goes_to}"' in shown, f'"closedUrl": "{ends_at}"' in shown) == (True, True)


async def test_each_look_into_the_call_is_noted(site: World) -> None:
    visit_id, _ = await site.visit()
    for part in ("call", "waiting", "chat"):
        seen = len(await journey.audited(site, "read"))
        assert (await call(site, visit_id, part)).status_code == 200
        *_, event = await journey.audited(site, "read")
        assert len(await journey.audited(site, "read")) == seen + 1
        assert (event.entity_id, event.patient_id, event.why) == (visit_id, site.patient.id, "participant")


@pytest.mark.parametrize(
    ("who", "status"), [("psychiatrist", 403), ("frontdesk", 403), ("admin", 403), ("outsider", 404)]
)
async def test_nobody_but_the_visits_practitioner_gets_into_its_call(site: World, who: str, status: int) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    for part in ("call", "waiting", "chat"):
        assert (await call(site, visit_id, part, who)).status_code == status
    for part in ("ticket", "admit", "end"):
        assert (await send(site, visit_id, part, who)).status_code == status
    assert await journey.audited(site, "read", "start", "admit", "end") == []
    assert (await journey.encounter_of(site, visit_id)).status == "arrived"


async def test_the_ticket_seats_the_practitioner_as_admitted(site: World) -> None:
    visit_id, _ = await site.visit()
    answer = (await send(site, visit_id, "ticket")).json()
    ticket = site.live.tickets.open(answer["ticket"])
    assert (answer["standing"], ticket.standing, ticket.role, ticket.name) == (
        "admitted",
        "admitted",
        "practitioner",
        "Dr. R. Okafor",
    )
    assert (await journey.encounter_of(site, visit_id)).started_at == TEN


async def test_a_visit_that_is_over_has_no_call_and_no_ticket(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    await end(site, visit_id)
    assert (await call(site, visit_id)).status_code == 410
    answer = await send(site, visit_id, "ticket", **JSON)
    assert (answer.status_code, answer.json()["message"]) == (410, "This visit is over.")
    assert (await send(site, visit_id, "admit")).status_code == 410


async def test_the_waiting_room_beside_the_call_says_who_is_there(site: World) -> None:
    visit_id, token = await site.visit()
    assert "is not here yet" in (await call(site, visit_id, "waiting")).text
    await journey.patient_waits(site, token)
    waiting = (await call(site, visit_id, "waiting")).text
    for words in ("Admit M. Alvarez", "118 Larch Street", "alone"):
        assert words in waiting
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    assert "has been admitted" in (await call(site, visit_id, "waiting")).text


@pytest.mark.parametrize(("state", "warned"), [("MT", False), ("WY", True)])
async def test_a_missing_licence_is_said_before_admit_is_pressed(site: World, state: str, warned: bool) -> None:
    visit_id, token = await site.visit()
    await journey.waiting(site, token, state=state)
    page = (await call(site, visit_id, "waiting")).text
    assert ("No licence on file for WY." in page) is warned
    assert ">Admit<" in page


async def test_a_device_that_asks_during_the_call_is_let_in_from_there(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.waiting(site, token)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    laptop = await journey.asks_from_another_device(site, token)
    page = (await call(site, visit_id, "waiting")).text
    assert f'hx-post="/visits/{visit_id}/let-in"' in page
    assert (await send(site, visit_id, "let-in", **{"HX-Request": "true"})).status_code == 204
    assert (await laptop.post("/visit/ticket")).json()["standing"] == "admitted"


async def test_admitting_from_today_leads_into_the_call_and_from_the_call_changes_no_page(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    inside = await send(site, visit_id, "admit", **{"HX-Request": "true"})
    assert (inside.status_code, inside.text) == (204, "")
    assert (await send(site, visit_id, "admit")).headers["location"] == f"/visits/{visit_id}/call"
    assert len(await journey.audited(site, "admit")) == 1


async def test_admitting_nobody_is_refused_in_words(site: World) -> None:
    visit_id, _ = await site.visit()
    answer = await send(site, visit_id, "admit", **JSON)
    assert answer.status_code == 409
    assert "not in the waiting room yet" in answer.json()["message"]


async def test_what_was_written_is_there_after_a_reload(site: World) -> None:
    visit_id, _ = await site.visit()
    seat = (await send(site, visit_id, "ticket")).json()
    for number, text in enumerate(("first", "second")):
        site.clock.pass_(seconds=1)
        await CallFacts(site.deps).said(Said(seat["room"], seat["participant"], str(number), text, site.clock.now))
    messages = (await call(site, visit_id, "chat")).json()["messages"]
    assert [message["text"] for message in messages] == ["first", "second"]
    assert {message["from"] for message in messages} == {seat["participant"]}


async def test_the_end_leads_to_the_visits_page_the_second_time_too(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    for _ in range(2):
        assert (await send(site, visit_id, "end")).headers["location"] == f"/visits/{visit_id}"
    assert len(await journey.audited(site, "end")) == 1


async def test_an_end_before_anybody_came_is_refused_in_words(site: World) -> None:
    visit_id, _ = await site.visit()
    answer = await send(site, visit_id, "end", **JSON)
    assert answer.status_code == 409
    assert "The patient has not come yet." in answer.json()["message"]
