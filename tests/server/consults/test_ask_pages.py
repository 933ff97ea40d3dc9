"""The form of a consult."""

import re
from typing import Any
from uuid import UUID

import pytest

from server.consults import ConsultService
from server.consults.question_rules import more_name
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults import asking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def _typed(world: World, **changes: str) -> dict[str, Any]:
    service = await asking.service(world)
    typed = {"key": str(new_id()), "service": str(service.id), "clinic": str(world.clinic.id), "mode": "video"}
    asked = {"reason": "Increase, or switch?", "tried": "Sleep hygiene", "takes_none": "1", "risk": "none"}
    return {**typed, "urgency": "now", "state": "", **asked, **changes}


async def test_asking_leads_to_the_case(site: World) -> None:
    pcp, typed = await site.signed_in("pcp"), await _typed(site, age="34", tried="Sertraline 50 mg")
    answer = await pcp.post("/consults/new", data=typed)
    assert answer.headers["location"] == f"/consults/{typed['key']}"
    shown = await pcp.get(answer.headers["location"])
    assert "Increase, or switch?" in shown.text
    assert "Ringing Dr. L. Brandt" in shown.text


async def test_an_empty_question_is_refused_next_to_its_field_and_what_was_typed_stays(site: World) -> None:
    pcp, typed = await site.signed_in("pcp"), await _typed(site, reason="", tried="Sertraline 50 mg")
    answer = await pcp.post("/consults/new", data=typed)
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text
    assert re.search(r'id="reason"[^>]* autofocus', answer.text), "the page comes up where something is to be mended"
    assert "Sertraline 50 mg" in answer.text


async def test_the_question_comes_before_everything_else(site: World) -> None:
    await asking.service(site)
    form = (await (await site.signed_in("pcp")).get("/consults/new")).text
    asked = re.findall(r'<(?:textarea|select|input)[^>]* name="(\w+)"', form.partition('id="ask-form"')[2])
    assert [name for name in dict.fromkeys(asked) if name != "key"][:3] == ["reason", "urgency", "service"]


async def test_choices_that_are_missing_are_said(site: World) -> None:
    pcp = await site.signed_in("pcp")
    typed = await _typed(site, urgency="never", service="", age="old")
    answer = await pcp.post("/consults/new", data=typed)
    assert answer.status_code == 422
    for field in ("urgency", "service", "age"):
        assert f'id="{field}-error"' in answer.text


async def test_a_form_without_a_key_asks_nothing(site: World) -> None:
    pcp, typed = await site.signed_in("pcp"), await _typed(site, key="")
    assert (await pcp.post("/consults/new", data=typed)).status_code == 422


async def test_the_form_is_filled_with_what_was_asked_about_the_patient_the_last_time(site: World) -> None:
    await site.visit()
    pcp, typed = await site.signed_in("pcp"), await _typed(site, tried="Sertraline 50 mg")
    await pcp.post("/consults/new", data={**typed, "patient": str(site.patient.id)})
    form = await pcp.get(f"/consults/new?patient={site.patient.id}")
    assert "Sertraline 50 mg" in form.text
    assert "Increase, or switch?" not in form.text


async def test_a_patient_may_go_unnamed(site: World) -> None:
    await site.visit()
    pcp, typed = await site.signed_in("pcp"), await _typed(site, where="nobody")
    await pcp.post("/consults/new", data={**typed, "patient": str(site.patient.id)})
    consult = await asking.row(site, UUID(typed["key"]))
    assert (consult.patient_id, consult.patient_age) == (None, None)


async def test_beside_a_call_the_form_and_the_case_are_parts(site: World) -> None:
    visit_id, link = await site.visit()
    await journey.waiting(site, link)
    pcp, typed = await site.signed_in("pcp", **{"hx-request": "true"}), await _typed(site, where="visit", state="MT")
    form = await pcp.get(f"/consults/new?visit={visit_id}")
    assert "<html" not in form.text
    refused = await pcp.post("/consults/new", data={**typed, "visit": str(visit_id)})
    assert 'id="agreed-error"' in refused.text
    answer = await pcp.post("/consults/new", data={**typed, "visit": str(visit_id), "agreed": "1"})
    assert answer.headers["location"] == f"/visits/{visit_id}/consults"
    assert "Ringing Dr. L. Brandt" in (await pcp.get(answer.headers["location"])).text


async def test_a_stranger_gets_no_form_about_a_patient(site: World) -> None:
    outsider = await site.signed_in("outsider")
    assert (await outsider.get(f"/consults/new?patient={site.patient.id}")).status_code == 404


async def _only_at(world: World, service: ConsultService, clinic_id: UUID) -> None:
    async with world.deps.database.write() as session:
        for row in (await session.exec(asking.coverage_of(service))).all():
            row.clinic_id = clinic_id


async def _with(world: World, service_id: str, **changes: Any) -> ConsultService:
    async with world.deps.database.write() as session:
        row = await session.get_one(ConsultService, UUID(service_id))
        for name, value in changes.items():
            setattr(row, name, value)
    return row


async def test_a_service_that_nobody_covers_for_the_clinic_is_no_choice_and_is_said(site: World) -> None:
    here, north = await asking.service(site), await site.second_clinic()
    there = await asking.service(site)
    await _only_at(site, there, north.id)
    form = (await (await site.signed_in("pcp")).get("/consults/new")).text
    assert f'value="{here.id}"' in form
    assert f'value="{there.id}"' not in form
    assert f"Not for {site.clinic.name}: {there.name}" in form


async def test_another_clinic_offers_what_covers_it_and_keeps_what_was_typed(site: World) -> None:
    here, north = await _typed(site, risk="plan", urgency="soon"), await site.second_clinic()
    there = await asking.service(site)
    await _only_at(site, there, north.id)
    pcp = await site.signed_in("pcp")
    answer = await pcp.post(
        "/consults/new/offer", data={**here, "service": str(there.id), "clinic": str(north.id), "mode": "audio"}
    )
    assert answer.status_code == 200
    assert re.search(rf'<option value="{there.id}" selected', answer.text)
    assert re.search(r'name="mode" value="audio" checked', answer.text)
    assert "Increase, or switch?</textarea>" in answer.text
    assert '<option value="plan" selected' in answer.text
    assert 'value="soon" checked' in answer.text
    assert f'name="key" value="{here["key"]}"' in answer.text
    assert "-error" not in answer.text, "nothing is wrong before it is sent"


async def test_a_service_that_was_chosen_and_is_not_for_the_new_clinic_is_said_and_not_exchanged(site: World) -> None:
    typed, north = await _typed(site), await site.second_clinic()
    chosen = await _with(site, typed["service"], name="Child psychiatry")
    await _only_at(site, chosen, site.clinic.id)
    await asking.service(site)
    pcp = await site.signed_in("pcp", **{"hx-request": "true"})
    answer = await pcp.post("/consults/new/offer", data={**typed, "clinic": str(north.id)})
    assert f"{chosen.name} cannot be asked for {north.name}." in answer.text
    assert '<option value="">Choose</option>' in answer.text
    assert answer.text.lstrip().startswith('<div class="stack" id="ask-offer">'), "only this part comes anew"


async def test_only_the_means_of_the_service_are_offered(site: World) -> None:
    typed = await _typed(site, mode="audio")
    await _with(site, typed["service"], modes=["chat", "written"])
    pcp = await site.signed_in("pcp")
    form = (await pcp.post("/consults/new/offer", data=typed)).text
    assert re.findall(r'name="mode" value="(\w+)"', form) == ["chat", "written"]
    assert "does not offer: Video, Audio" in form
    refused = await pcp.post("/consults/new", data=typed)
    assert refused.status_code == 422
    assert 'id="mode-error"' in refused.text


async def test_the_means_that_was_meant_comes_back_with_a_service_that_offers_it(site: World) -> None:
    typed, other = await _typed(site, mode="video"), await asking.service(site)
    await _with(site, typed["service"], modes=["written"])
    pcp = await site.signed_in("pcp")
    form = (await pcp.post("/consults/new/offer", data=typed)).text
    kept = dict(re.findall(r'<input type="hidden" name="(meant|instead)" value="(\w+)"', form))
    stood_in = {**typed, **kept, "mode": "written"}
    form = (await pcp.post("/consults/new/offer", data={**stood_in, "service": str(other.id)})).text
    assert 'name="mode" value="video" checked' in form


async def test_the_service_s_own_questions_are_asked_and_their_answers_reach_the_case(site: World) -> None:
    typed = await _typed(site)
    await _with(site, typed["service"], questions=["Latest QTc?", "Who is at home?"])
    pcp = await site.signed_in("pcp")
    form = (await pcp.get("/consults/new")).text
    assert "Latest QTc?" in form
    await pcp.post("/consults/new", data={**typed, more_name("Latest QTc?"): "440 ms in May"})
    case = (await pcp.get(f"/consults/{typed['key']}")).text
    assert "<dt>Latest QTc?</dt><dd>440 ms in May</dd>" in case
    assert "Who is at home?" not in case


async def test_what_was_answered_to_another_service_comes_back_with_it(site: World) -> None:
    first, second = await asking.service(site), await asking.service(site)
    await _with(site, str(first.id), questions=["Latest QTc?"])
    pcp, name = await site.signed_in("pcp"), more_name("Latest QTc?")
    form = (await pcp.post("/consults/new/offer", data={"service": str(second.id), name: "440 ms"})).text
    assert f'<input type="hidden" name="{name}" value="440 ms">' in form
    form = (await pcp.post("/consults/new/offer", data={"service": str(first.id), name: "440 ms"})).text
    assert "440 ms</textarea>" in form


async def test_what_else_the_service_needs_is_said_before_it_is_sent(site: World) -> None:
    made = await asking.service(site)
    form = (await (await site.signed_in("pcp")).get("/consults/new")).text
    assert f"{made.name} also needs: Tried so far, Medications, Risk" in form


async def test_a_stranger_is_offered_nothing_about_a_patient(site: World) -> None:
    outsider = await site.signed_in("outsider")
    answer = await outsider.post("/consults/new/offer", data={"patient": str(site.patient.id)})
    assert answer.status_code == 404
