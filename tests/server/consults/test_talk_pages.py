"""The call page of two clinicians."""

import re
from typing import Any

import pytest

from server.consults.incoming_actions import accept_consult
from server.consults.service_rules import Mode
from server.visits.actions import admit_patient, end_visit
from tests.cast import World
from tests.server.consults import asking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_both_see_the_call_with_the_case_beside_it(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    for name, colleague in (("pcp", "Dr. L. Brandt"), ("psychiatrist", "Dr. R. Okafor")):
        shown = await (await site.signed_in(name)).get(f"/consults/{consult_id}/call")
        assert (shown.status_code, f"Consult with {colleague}" in shown.text) == (200, True)
        assert "Increase, or switch?" in shown.text


async def test_the_page_gets_its_ticket_and_the_chat(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    pcp = await site.signed_in("pcp")
    assert (await pcp.post(f"/consults/{consult_id}/ticket")).json()["standing"] == "admitted"
    assert (await pcp.get(f"/consults/{consult_id}/chat")).json() == {"messages": []}


async def test_a_talk_is_held_by_what_was_asked_for(site: World) -> None:
    made = await asking.service(site)
    for mode, first in ((Mode.VIDEO, "tab-case"), (Mode.AUDIO, "tab-case"), (Mode.CHAT, "tab-chat")):
        consult_id = await asking.asked(site, made, mode=mode)
        await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
        shown = (await (await site.signed_in("pcp")).get(f"/consults/{consult_id}/call")).text
        assert re.findall(r'id="([a-z-]+)" aria-controls="[a-z-]+" aria-selected="true"', shown) == [first]
        assert f'"means": "{mode}"' in shown


async def test_before_somebody_took_it_there_is_no_call(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    pcp = await site.signed_in("pcp")
    assert (await pcp.get(f"/consults/{consult_id}/call")).status_code == 410
    assert (await pcp.get(f"/consults/{consult_id}/chat")).json() == {"messages": []}


async def test_a_talk_within_a_visit_is_on_the_page_of_the_visit(site: World) -> None:
    visit_id, link = await site.visit()
    await journey.waiting(site, link)
    about: dict[str, Any] = {"encounter_id": visit_id, "present": True, "agreed": True, "state": "MT"}
    consult_id = await asking.asked(site, await asking.service(site), **about)
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    for name, place in (("pcp", "call"), ("psychiatrist", f"call?consult={consult_id}&means=video")):
        answer = await (await site.signed_in(name)).get(f"/consults/{consult_id}/call")
        assert answer.headers["location"] == f"/visits/{visit_id}/{place}"


async def test_ending_leads_to_the_case(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    answer = await (await site.signed_in("pcp")).post(f"/consults/{consult_id}/end")
    assert answer.headers["location"] == f"/consults/{consult_id}"


async def test_who_left_a_visit_for_the_talk_comes_back_to_it(site: World) -> None:
    visit_id, link = await site.visit()
    await journey.waiting(site, link)
    await admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    consult_id = await asking.asked(site, await asking.service(site), encounter_id=visit_id)
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    back = f"/visits/{visit_id}/call"
    pcp, psychiatrist = await site.signed_in("pcp"), await site.signed_in("psychiatrist")
    assert f'data-href="{back}"' in (await pcp.get(f"/consults/{consult_id}/call")).text
    assert f'href="{back}"' in (await pcp.get(f"/consults/{consult_id}")).text
    assert back not in (await psychiatrist.get(f"/consults/{consult_id}/call")).text
    assert (await pcp.post(f"/consults/{consult_id}/end")).headers["location"] == back
    await end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    assert back not in (await pcp.get(f"/consults/{consult_id}")).text


async def test_the_patient_reads_that_their_care_team_is_conferring(site: World) -> None:
    visit_id, link = await site.visit()
    maria = await journey.waiting(site, link)
    consult_id = await asking.asked(site, await asking.service(site), encounter_id=visit_id)
    words, told = "Your care team is conferring", []
    told.append(words in (await maria.get("/visit/conferring")).text)
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    told.append(words in (await maria.get("/visit/conferring")).text)
    await asking.talk_ended(site, consult_id)
    told.append(words in (await maria.get("/visit/conferring")).text)
    assert told == [False, True, False]


async def test_nobody_else_looks_into_the_talk(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await accept_consult(site.deps, site.live, site.actors["psychiatrist"], consult_id)
    assert (await (await site.signed_in("caremanager")).get(f"/consults/{consult_id}/call")).status_code == 403
    assert (await (await site.signed_in("outsider")).get(f"/consults/{consult_id}/call")).status_code == 404
