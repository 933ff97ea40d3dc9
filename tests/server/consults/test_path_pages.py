"""An administrator's pages for escalation paths."""

from typing import Any
from uuid import UUID

import pytest

from server.consults.service_rules import Step, StepKind
from server.consults.service_tables import EscalationPath, EscalationStep
from tests.cast import World
from tests.server.consults.consult_services import EVERYONE, grouped, offered, rung, version
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

FILLED = {
    "name": "At night",
    "for_now": "on",
    "for_soon": "on",
    "position": "1",
    "restarts": "2",
    "on_decline": "continue",
    "on_nobody": "written",
    "who_0": "everyone_covering",
    "seconds_0": "90",
    "version": "1",
}


async def steps(world: World) -> list[Any]:
    return sorted(await journey.rows(world, EscalationStep), key=lambda row: row.position)


async def test_a_path_is_added_with_every_kind_of_step(site: World) -> None:
    service_id, group_id = await offered(site), await grouped(site, "psychiatrist")
    lena = site.practitioners["psychiatrist"].id
    browser = await site.signed_in("admin")
    page = (await browser.get(f"/services/{service_id}/paths/new")).text
    assert f'value="turn:{group_id}"' in page
    rows = {"who_0": f"person:{lena}", "who_1": f"group:{group_id}", "who_2": f"turn:{group_id}"}
    rows |= {"who_3": "", "who_4": "everyone_covering", **{f"seconds_{n}": str(30 + n) for n in range(5)}}
    answer = await browser.post(f"/services/{service_id}/paths/new", data={**FILLED, **rows})
    assert answer.headers["location"] == f"/services/{service_id}?kept=1#paths"
    (path,) = await journey.rows(site, EscalationPath)
    assert (path.urgencies, path.restarts, path.on_decline) == (["now", "soon"], 2, "continue")
    assert [(row.kind, row.practitioner_id, row.group_id, row.seconds) for row in await steps(site)] == [
        ("person", lena, None, 30),
        ("group", None, group_id, 31),
        ("round_robin", None, group_id, 32),
        ("everyone_covering", None, None, 34),
    ]


async def test_a_path_is_shown_as_kept_changed_and_taken_away(site: World) -> None:
    service_id, group_id = await offered(site), await grouped(site, "psychiatrist")
    lena = site.practitioners["psychiatrist"].id
    kept = (
        Step(StepKind.PERSON, 11, lena),
        Step(StepKind.GROUP, 12, None, group_id),
        Step(StepKind.ROUND_ROBIN, 13, None, group_id),
        EVERYONE,
    )
    path_id = await rung(site, service_id, steps=kept)
    browser = await site.signed_in("admin")
    address = f"/services/{service_id}/paths/{path_id}"
    page = (await browser.get(address)).text
    for choice in (f"person:{lena}", f"group:{group_id}", f"turn:{group_id}", "everyone_covering"):
        assert f'<option value="{choice}" selected>' in page
    changed = {**FILLED, "version": str(await version(site, service_id))}
    assert (await browser.post(address, data=changed)).status_code == 303
    assert [row.seconds for row in await steps(site)] == [90]
    late = await browser.post(f"{address}/drop", data={"version": "1"})
    assert (late.status_code, "Somebody else changed this" in late.text) == (409, True)
    seen = {"version": str(await version(site, service_id))}
    assert (await browser.post(f"{address}/drop", data=seen)).status_code == 303
    assert await journey.rows(site, EscalationPath) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Say what the path is called."),
        ({"for_now": "", "for_soon": ""}, "Tick at least one."),
        ({"who_0": ""}, "A path rings somebody"),
        ({"who_0": "person:x"}, "Choose one."),
        ({"seconds_0": "9"}, "Enter the seconds, from 10 to 900."),
        ({"seconds_0": "901"}, "Enter the seconds, from 10 to 900."),
        ({"position": "6"}, "Choose one."),
        ({"restarts": "4"}, "Choose one."),
        ({"on_decline": "x", "on_nobody": "x"}, "Choose one."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    site: World, changes: dict[str, str], words: str
) -> None:
    service_id: UUID = await offered(site)
    browser = await site.signed_in("admin")
    answer = await browser.post(f"/services/{service_id}/paths/new", data={**FILLED, **changes, "who_1": "", "x": "y"})
    assert (answer.status_code, words in answer.text) == (422, True)
    assert 'value="At night"' in answer.text or "name" in changes
    assert await journey.rows(site, EscalationPath) == []


async def test_an_unseen_change_and_a_sixth_path_are_said(site: World) -> None:
    service_id = await offered(site)
    browser = await site.signed_in("admin")
    for _ in range(5):
        await rung(site, service_id)
    late = await browser.post(f"/services/{service_id}/paths/new", data=FILLED)
    assert (late.status_code, "Somebody else changed this" in late.text) == (409, True)
    enough = await browser.post(f"/services/{service_id}/paths/new", data={**FILLED, "version": "6"})
    assert (enough.status_code, "at most five paths" in enough.text) == (409, True)
    assert "New path" not in (await browser.get(f"/services/{service_id}")).text


async def test_a_path_of_another_service_is_not_found(site: World) -> None:
    service_id, other = await offered(site), await offered(site, name="Other")
    path_id = await rung(site, service_id)
    browser = await site.signed_in("admin")
    for address in (f"/services/{other}/paths/{path_id}", f"/services/{service_id}/paths/x"):
        assert (await browser.get(address)).status_code == 404
        assert (await browser.post(f"{address}/drop", data={"version": "2"})).status_code == 404
