"""The form of a consult."""

import re
from typing import Any
from uuid import UUID

import pytest

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
