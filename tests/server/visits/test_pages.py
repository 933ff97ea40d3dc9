"""Staff's pages: Today with its parts, what is done from there, and a walk over all of them with unknown ids."""

import json
from typing import Any

import httpx2
import pytest
import structlog

from server.access import Role
from server.identity import LinkState, link_state
from server.kit.ids import new_id
from server.visits import Encounter, actions, routes
from server.web.routing import Page
from tests.cast import World
from tests.server.visits import journey
from tests.server.visits.conftest import Heard

pytestmark = pytest.mark.anyio

OF_A_VISIT = [route for route in routes if isinstance(route, Page) and route.path.startswith("/visits/{encounter_id}")]


async def post(world: World, visit_id: Any, part: str, who: str = "frontdesk", **form: str) -> httpx2.Response:
    return await (await world.signed_in(who)).post(f"/visits/{visit_id}/{part}", data=form)


async def walk(browser: httpx2.AsyncClient, visit_id: object) -> list[int]:
    """Ask for every page of one visit, by every method that it knows; gives the answers' statuses."""
    statuses = []
    for route in OF_A_VISIT:
        for method in (route.methods or set()) - {"HEAD"}:
            path = route.path.replace("{encounter_id}", str(visit_id))
            answer = await browser.request(method, path, data={"minutes": "5"} if method == "POST" else None)
            statuses.append(answer.status_code)
    assert len(statuses) >= 12
    return statuses


# Who may, and what is not there


@pytest.mark.parametrize("visit_id", [str(new_id()), "nonsense", "00000000", "%F0%9F%92%A9"])
async def test_a_visit_that_is_none_is_found_on_no_page(site: World, visit_id: str) -> None:
    assert set(await walk(await site.signed_in("pcp"), visit_id)) == {404}


async def test_somebody_of_another_organization_finds_no_page_of_a_visit_and_leaves_refusals_only(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    before, (encounter,) = await journey.audited(site), await journey.rows(site, Encounter)
    outsider = await site.signed_in("outsider")
    assert set(await walk(outsider, visit_id)) == {404}
    after = [event for event in await journey.audited(site) if event.action != "sign_in"]
    assert {event.outcome for event in after[len(before) :]} == {"denied"}
    assert await journey.rows(site, Encounter) == [encounter]


async def test_looking_whether_the_mail_went_out_is_on_the_record(site: World) -> None:
    visit_id, _ = await site.visit()
    await (await site.signed_in("frontdesk")).get(f"/visits/{visit_id}/delivery")
    event = (await journey.audited(site, "read"))[-1]
    assert (event.entity_id, event.patient_id) == (visit_id, site.patient.id)


async def test_who_is_not_signed_in_is_sent_to_sign_in_and_a_patient_too(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.opened(site, token)
    for browser in (site.browser(), maria):
        assert set(await walk(browser, visit_id)) == {303}
        assert (await browser.get("/today")).headers["location"] == "/login?next=/today"


async def test_no_name_reason_link_or_address_is_in_the_log(site: World) -> None:
    with structlog.testing.capture_logs() as lines:
        visit_id, token = await site.visit(reason="Depression")
        await journey.waiting(site, token)
        await site.browser().get(f"/v/{token}")
        pcp = await site.signed_in("pcp")
        await walk(pcp, visit_id)
        await pcp.get("/today")
        await pcp.get(f"/visits/new?patient={site.patient.id}")
    logged = json.dumps(lines, default=str)
    assert "/v/{token}" in logged
    secrets = ("Alvarez", "Maria", "Depression", "Larch", "406-555", "1992", token, str(visit_id), str(site.patient.id))
    for secret in secrets:
        assert secret not in logged


# Today


async def test_today_shows_the_day_and_the_waiting_room(site: World) -> None:
    visit_id, token = await site.visit()
    await site.visit(starts_at=site.clock.now)
    await journey.patient_waits(site, token)
    site.clock.pass_(minutes=7)
    page = (await (await site.signed_in("pcp")).get("/today")).text
    for words in ("Tuesday, November 24", "2 visits", "1 waiting", "waiting 7 min", "Missoula, MT", "Booked"):
        assert words in page
    assert f'action="/visits/{visit_id}/admit"' in page


@pytest.mark.parametrize("part", ["/today/visits", "/today/waiting"])
async def test_a_part_of_today_comes_alone(site: World, part: str) -> None:
    _, token = await site.visit()
    await journey.patient_waits(site, token)
    page = (await (await site.signed_in("frontdesk")).get(part)).text
    assert "M. Alvarez" in page
    assert "<html" not in page


async def test_only_the_visits_practitioner_is_offered_to_admit(site: World) -> None:
    _, token = await site.visit()
    await journey.patient_waits(site, token)
    assert "/admit" not in (await (await site.signed_in("frontdesk")).get("/today")).text


async def test_each_look_at_today_is_noted_with_how_much_was_seen(site: World) -> None:
    await site.visit()
    frontdesk = await site.signed_in("frontdesk")
    for path in ("/today", "/today/visits", "/today/waiting"):
        await frontdesk.get(path)
    events = await journey.audited(site, "read")
    assert [(e.entity, e.why, e.account_id) for e in events] == [
        ("Appointment", "today, 1 visits", site.accounts["frontdesk"].id)
    ] * 3


async def test_words_of_the_state_change_with_the_visit(site: World) -> None:
    visit_id, token = await site.visit()
    pcp, words = await site.signed_in("pcp"), []

    async def look(said: str) -> None:
        words.append(said in (await pcp.get("/today/visits")).text)

    await look("Booked")
    await post(site, visit_id, "no-show")
    await look("No-show")
    await post(site, visit_id, "no-show", undo="1")
    await look("Booked")
    await journey.patient_waits(site, token)
    await look("Waiting 0 min")
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    await look("In progress 0 min")
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    await look("Finished")
    assert words == [True] * 6


async def test_a_device_that_asks_shows_on_the_line_also_when_nobody_waits(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.waiting(site, token)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    await journey.asks_from_another_device(site, token)
    page = (await (await site.signed_in("frontdesk")).get("/today/visits")).text
    assert f'action="/visits/{visit_id}/let-in"' in page


# What is done from Today


async def test_a_new_link_comes_in_one_tap_and_is_shown_once(site: World) -> None:
    visit_id, old = await site.visit()
    page = await post(site, visit_id, "link")
    assert page.status_code == 200
    assert "It is shown only now." in page.text
    assert link_state(await journey.link_of(site, old), site.clock.now) is LinkState.REPLACED
    assert await journey.letters(site) == []


async def test_a_new_link_is_sent_when_asked_for(site_with_mail: World) -> None:
    visit_id, _ = await site_with_mail.visit()
    page = await post(site_with_mail, visit_id, "link", send="1")
    (letter,) = await journey.letters(site_with_mail)
    assert letter.body.split("/v/")[1].split()[0] in page.text


async def test_a_locked_link_is_unlocked_in_one_tap(site: World) -> None:
    visit_id, token = await site.visit()
    for _ in range(5):
        await site.browser().post(f"/v/{token}", data=journey.WRONG)
    assert f'action="/visits/{visit_id}/unlock"' in (await (await site.signed_in("frontdesk")).get("/today")).text
    assert (await post(site, visit_id, "unlock")).headers["location"] == "/today"
    await journey.opened(site, token)


async def test_what_was_done_on_the_visits_page_leads_back_to_it(site: World) -> None:
    visit_id, _ = await site.visit()
    answer = await post(site, visit_id, "unlock", back="sheet")
    assert answer.headers["location"] == f"/visits/{visit_id}"
    assert (await post(site, visit_id, "unlock", back="https://example.org")).headers["location"] == "/today"


async def test_letting_in_a_device_that_no_longer_asks_is_refused_in_words(site: World) -> None:
    visit_id, _ = await site.visit()
    answer = await post(site, visit_id, "let-in")
    assert answer.status_code == 409
    assert "Nobody is asking to come in" in answer.text


async def test_a_delay_is_told_and_the_page_stays(site: World, listen: Heard) -> None:
    visit_id, _ = await site.visit()
    told = listen(site)
    frontdesk = await site.signed_in("frontdesk")
    path, part = f"/visits/{visit_id}/late", {"HX-Request": "true"}
    assert (await frontdesk.post(path, data={"minutes": "15"}, headers=part)).status_code == 204
    encounter = await journey.encounter_of(site, visit_id)
    assert encounter.late_minutes == 15
    assert ("changed", str(encounter.room_id), "visit") in told


@pytest.mark.parametrize("minutes", ["", "7", "-5", "many"])
async def test_a_delay_that_is_none_of_the_choices_changes_nothing(site: World, minutes: str) -> None:
    visit_id, _ = await site.visit()
    await post(site, visit_id, "late", minutes="10")
    assert (await post(site, visit_id, "late", minutes=minutes)).status_code == 422
    assert (await journey.encounter_of(site, visit_id)).late_minutes == 10


async def test_a_post_from_another_site_does_nothing(site: World) -> None:
    visit_id, _ = await site.visit()
    browser = await site.signed_in("frontdesk", Origin="https://evil.example")
    assert (await browser.post(f"/visits/{visit_id}/no-show")).status_code == 403
    assert (await journey.appointment_of(site, visit_id)).status == "booked"


async def test_who_has_no_tie_is_told_so_before_what_was_posted_is_looked_at(site: World) -> None:
    visit_id, _ = await site.visit()
    await site.hire("floater", Role.FRONT_DESK, site.clinic, covers=False)
    for who, status in (("floater", 403), ("outsider", 404), ("frontdesk", 422)):
        answer = await (await site.signed_in(who)).post(f"/visits/{visit_id}/late", data={"minutes": "soon"})
        assert answer.status_code == status
