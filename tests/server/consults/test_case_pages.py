"""The pages of a case."""

import re
from typing import Any

import pytest

from server.consults.incoming_actions import accept_consult, decline_consult, offer_minutes
from server.consults.service_rules import Urgency
from tests.cast import World
from tests.server.consults import asking, talking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

LADDER = (("person", ("psychiatrist",), 30), ("everyone_covering", (), 60))


async def test_the_page_says_who_is_rung_how_long_and_what_comes_then(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site, steps=LADDER), state="MT")
    shown = (await (await site.signed_in("pcp")).get(f"/consults/{consult_id}")).text
    for words in ("Ringing Dr. L. Brandt", "0:30", "In 1:30 min at most", "Licensed in Montana", "Everyone on duty"):
        assert words in shown


@pytest.mark.parametrize(("name", "first"), [("pcp", "progress"), ("psychiatrist", "asked-head")])
async def test_who_asked_reads_first_how_far_it_is_and_who_answers_reads_the_question(
    site: World, name: str, first: str
) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    shown = (await (await site.signed_in(name)).get(f"/consults/{consult_id}")).text
    assert min(("progress", "asked-head"), key=lambda part: shown.index(f'id="{part}"')) == first


async def test_the_list_names_the_cases_of_ones_own(site: World) -> None:
    service = await asking.service(site)
    consult_id = await asking.asked(site, service)
    assert service.name in (await (await site.signed_in("pcp")).get("/consults")).text
    specialist = (await (await site.signed_in("psychiatrist")).get("/consults")).text
    assert f"/consults/{consult_id}/accept" in specialist


async def test_a_look_at_a_case_is_on_the_record(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await (await site.signed_in("pcp")).get(f"/consults/{consult_id}/progress")
    (event,) = [one for one in await journey.audited(site, "read") if one.entity_id == consult_id]
    assert (event.entity, event.why) == ("ServiceRequest", "participant")


@pytest.mark.parametrize(
    ("name", "status"), [("pcp", 200), ("caremanager", 200), ("outsider", 404), ("admin", 403), ("frontdesk", 403)]
)
async def test_a_case_is_read_by_whom_the_patient_knows(site: World, name: str, status: int) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    assert (await (await site.signed_in(name)).get(f"/consults/{consult_id}")).status_code == status


async def test_the_requester_decides_from_the_page(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site), urgency=Urgency.SOON)
    pcp = await site.signed_in("pcp")
    for doing, form, status in (
        ("urgency", {"urgency": "now"}, "ringing"),
        ("written", {}, "written"),
        ("ring", {}, "ringing"),
        ("cancel", {}, "closed"),
    ):
        answer = await pcp.post(f"/consults/{consult_id}/{doing}", data=form)
        assert (answer.status_code, (await asking.row(site, consult_id)).status) == (303, status)


async def test_what_comes_too_late_is_said_with_how_it_is_now(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    pcp = await site.signed_in("pcp", **{"hx-request": "true"})
    answer = await pcp.post(f"/consults/{consult_id}/cancel")
    assert answer.status_code == 409
    assert "Dr. L. Brandt took it" in answer.text
    whole = await (await site.signed_in("pcp")).post(f"/consults/{consult_id}/cancel")
    assert "<html" in whole.text


async def test_an_offer_is_shown_and_taken(site: World) -> None:
    await asking.specialists(site, "second")
    consult_id = await asking.asked(site, await asking.service(site, "psychiatrist", "second"))
    number = await asking.number_of(site, consult_id, "psychiatrist")
    await offer_minutes(site.deps, site.live, site.actors["psychiatrist"], consult_id, number, 5)
    pcp = await site.signed_in("pcp", **{"hx-request": "true"})
    assert "Dr. L. Brandt can come at 10:05" in (await pcp.get(f"/consults/{consult_id}/progress")).text
    answer = await pcp.post(f"/consults/{consult_id}/wait", data={"number": str(number), "wait": "yes"})
    assert (answer.status_code, "You wait for them" in answer.text) == (200, True)


async def test_a_decline_and_its_reason_are_shown(site: World) -> None:
    await asking.specialists(site, "second")
    consult_id = await asking.asked(site, await asking.service(site, "psychiatrist", "second"))
    number = await asking.number_of(site, consult_id, "psychiatrist")
    await decline_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id, number, "busy", "In a group")
    shown = (await (await site.signed_in("pcp")).get(f"/consults/{consult_id}")).text
    assert "With a patient" in shown
    assert "In a group" in shown


async def test_who_was_asked_more_than_once_has_one_line_with_all_that_they_said(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site, steps=(("person", ("psychiatrist",), 30),) * 4))
    for _ in range(3):
        await asking.work(site, seconds=30)
    number = await asking.number_of(site, consult_id, "psychiatrist")
    await decline_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id, number, "busy", "In a group")
    page = (await (await site.signed_in("pcp")).get(f"/consults/{consult_id}/progress")).text
    shown = page[page.index('aria-label="Who was asked"') :]
    assert shown.count("<strong>Dr. L. Brandt</strong>") == 1
    assert re.findall(r"(?:3 times · )?(?:No answer|Cannot take it)\.", shown) == [
        "3 times · No answer.",
        "Cannot take it.",
    ]
    assert "In a group" in shown


async def test_beside_a_visit_the_case_that_was_asked_from_it_is_shown(site: World) -> None:
    visit_id, _ = await site.visit()
    await asking.asked(site, await asking.service(site), encounter_id=visit_id)
    shown = await (await site.signed_in("pcp")).get(f"/visits/{visit_id}/consults")
    assert "Ringing Dr. L. Brandt" in shown.text
    assert (await (await site.signed_in("caremanager")).get(f"/visits/{visit_id}/consults")).status_code == 403


async def test_beside_a_visit_without_a_case_there_is_the_way_to_ask(site: World) -> None:
    visit_id, _ = await site.visit()
    shown = await (await site.signed_in("pcp")).get(f"/visits/{visit_id}/consults")
    assert f"/consults/new?visit={visit_id}" in shown.text


async def came_in(site: World) -> tuple[object, object]:
    """Have the specialist come into a running visit; gives the visit and the case."""
    visit_id, link = await site.visit()
    await journey.waiting(site, link)
    about: dict[str, Any] = {"encounter_id": visit_id, "present": True, "agreed": True, "state": "MT"}
    consult_id = await asking.asked(site, await asking.service(site), **about)
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    return visit_id, consult_id


async def test_who_came_into_the_visit_reads_the_question_beside_it_and_writes_the_answer_from_there(
    site: World,
) -> None:
    visit_id, consult_id = await came_in(site)
    shown = (await (await site.signed_in("psychiatrist")).get(f"/visits/{visit_id}/consults")).text
    assert ("You took it" in shown, "Increase, or switch?" in shown) == (True, True)
    assert f'href="/consults/{consult_id}/answer" target="_blank"' in shown


async def test_nobody_is_asked_to_join_the_talk_they_are_in(site: World) -> None:
    visit_id, consult_id = await came_in(site)
    for name in ("pcp", "psychiatrist"):
        page = await site.signed_in(name)
        beside = (await page.get(f"/visits/{visit_id}/consults")).text
        assert ("Join the talk" in beside, f"/consults/{consult_id}/progress?beside=1" in beside) == (False, True)
        assert "Join the talk" not in (await page.get(f"/consults/{consult_id}/progress?beside=1")).text
        assert "Join the talk" in (await page.get(f"/consults/{consult_id}/progress")).text


@pytest.mark.parametrize(
    ("name", "next_step"),
    [("pcp", "You are told when the answer is there."), ("psychiatrist", "Write the answer next.")],
)
async def test_who_left_a_talk_is_led_back_to_it_and_once_it_is_over_to_what_is_next(
    site: World, name: str, next_step: str
) -> None:
    consult_id = await talking.taken(site)
    page, progress = await site.signed_in(name), f"/consults/{consult_id}/progress"
    assert '<a class="btn primary"' in (await page.get(progress)).text
    await talking.comes(site, consult_id, name)
    await talking.goes(site, consult_id, name)
    left = (await page.get(progress)).text
    assert ("Join the talk" in left, "Back to the talk" in left, "btn primary" in left) == (False, True, False)
    await asking.talk_ended(site, consult_id)
    over = (await page.get(progress)).text
    assert (f"/consults/{consult_id}/call" in over, next_step in over) == (False, True)


async def test_the_answer_comes_first_for_who_was_in_the_talk(site: World) -> None:
    consult_id = await talking.taken(site)
    page = await site.signed_in("psychiatrist", **{"hx-request": "true"})
    first = [(await page.get(f"/consults/{consult_id}/answer")).text]
    await talking.comes(site, consult_id, "psychiatrist")
    first.append((await page.get(f"/consults/{consult_id}/answer")).text)
    assert ["btn primary" in text for text in first] == [False, True]
