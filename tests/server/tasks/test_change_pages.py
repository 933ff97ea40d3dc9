"""One task on its page, and the form for a new one: what was typed stays, and what is wrong is said at its field."""

import re

import pytest
from sqlmodel import select

from server.access import Role
from server.kit.ids import new_id
from server.tasks.tables import FollowUpTask
from tests.cast import World
from tests.server.tasks.examples import SECRET, added, kept, noted

pytestmark = pytest.mark.anyio
NEW = {"title": SECRET, "detail": "Compare with week 4", "owner": "", "due_on": "2026-12-01", "priority": "urgent"}


def form_of(world: World) -> str:
    return f"/patients/{world.patient.id}/tasks/new"


async def tasks(world: World) -> list[FollowUpTask]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(FollowUpTask))).all())


async def test_the_form_offers_a_task_of_one_s_own_due_in_a_week(site: World) -> None:
    await site.visit()
    pcp = await site.signed_in("pcp")
    page = (await pcp.get(form_of(site))).text
    assert 'value="2026-12-01"' in page
    assert f'<option value="{site.accounts["pcp"].id}" selected>' in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    for _ in range(2):
        answer = await pcp.post(form_of(site), data={**NEW, "key": key[1], "owner": str(site.accounts["pcp"].id)})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{site.patient.id}/tasks")
    (row,) = await tasks(site)
    assert (str(row.id), row.owner_id, row.priority, row.due_on.isoformat()) == (
        key[1],
        site.accounts["pcp"].id,
        "urgent",
        "2026-12-01",
    )


async def test_what_is_wrong_with_a_new_task_is_said_at_its_field_and_what_was_typed_stays(site: World) -> None:
    await site.visit()
    pcp = await site.signed_in("pcp")
    for changes, words in (
        ({"title": ""}, "Say what is to be done."),
        ({"due_on": "9999-12-31"}, "Choose today or a day"),
        ({"due_on": "2026-11-23"}, "Choose today or a day"),
        ({"due_on": "soon"}, "Choose today or a day"),
        ({"priority": "stat"}, "Choose one."),
        ({"owner": "x"}, "Choose who does it."),
        ({"owner": str(site.accounts["outsider"].id)}, "Choose who does it."),
    ):
        answer = await pcp.post(form_of(site), data={**NEW, **changes})
        assert (answer.status_code, words in answer.text, "Compare with week 4" in answer.text) == (422, True, True)
    assert await tasks(site) == []


async def test_a_new_task_needs_a_tie(site: World) -> None:
    for who, status in (("pcp", 403), ("outsider", 404), ("admin", 403)):
        browser = await site.signed_in(who)
        assert (await browser.get(form_of(site))).status_code == status
        assert (await browser.post(form_of(site), data=NEW)).status_code == status


async def test_a_task_s_page_shows_it_and_the_look_is_noted(site: World) -> None:
    await site.visit()
    task = await added(site, "caremanager", detail="Compare with week 4")
    page = (await (await site.signed_in("frontdesk")).get(f"/tasks/{task.id}")).text
    for words in (SECRET, "Compare with week 4", "Tomas Reyes", "Not taken on yet", "Complete the task"):
        assert words in page
    assert "Take it on" not in page
    assert await noted(site) == ["create", "read"]


async def test_a_task_without_a_patient_says_so_and_is_its_owner_s_to_complete(site: World) -> None:
    task, pcp = await added(site, "pcp", patient_id=None), await site.signed_in("pcp")
    for path in ("/tasks", f"/tasks/{task.id}"):
        assert "No patient is named" in (await pcp.get(path)).text
    assert (await pcp.post(f"/tasks/{task.id}/complete", data={"version": "1", "outcome": ""})).status_code == 303
    assert (await (await site.signed_in("caremanager")).get(f"/tasks/{task.id}")).status_code == 403


async def test_its_owner_takes_it_on_begins_and_completes_it(site: World) -> None:
    await site.visit()
    await site.hire("northerner", Role.PCP, await site.second_clinic())
    task = await added(site, "northerner")
    owner, path = await site.signed_in("northerner"), f"/tasks/{task.id}"
    assert "Take it on" in (await owner.get(path)).text
    for version, then in (("1", "Begin"), ("2", "Complete the task")):
        answer = await owner.post(f"{path}/step", data={"version": version})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        assert then in (await owner.get(path)).text
    answer = await owner.post(f"{path}/complete", data={"version": "3", "outcome": "The score is 9"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks")
    page = (await owner.get(path)).text
    assert ("The score is 9" in page, "Complete the task" in page) == (True, False)


async def test_it_is_given_away_moved_and_cancelled(site: World) -> None:
    await site.visit()
    task = await added(site, "pcp")
    pcp, path = await site.signed_in("pcp"), f"/tasks/{task.id}"
    assert (await pcp.post(f"{path}/due", data={"version": "1", "due_on": "2026-12-24"})).status_code == 303
    owner = {"version": "2", "owner": str(site.accounts["caremanager"].id)}
    assert (await pcp.post(f"{path}/owner", data=owner)).status_code == 303
    assert (await pcp.post(f"{path}/cancel", data={"version": "3", "reason": "Moved away"})).status_code == 303
    row = await kept(site, task.id)
    assert (row.due_on.isoformat(), row.owner_id, row.status) == (
        "2026-12-24",
        site.accounts["caremanager"].id,
        "cancelled",
    )
    assert "Moved away" in (await pcp.get(path)).text


async def test_what_is_wrong_with_a_change_is_said_at_its_field(site: World) -> None:
    await site.visit()
    task = await added(site, "pcp")
    pcp, path = await site.signed_in("pcp"), f"/tasks/{task.id}"
    for what, typed, words in (
        ("cancel", {"reason": ""}, "Say why it is not needed."),
        ("due", {"due_on": "2020-01-01"}, "Choose today or a day"),
        ("owner", {"owner": ""}, "Choose who does it."),
        ("complete", {"outcome": "x" * 2001}, "This is too long"),
    ):
        answer = await pcp.post(f"{path}/{what}", data={"version": "1", **typed})
        assert (answer.status_code, words in answer.text) == (422, True)
    assert (await kept(site, task.id)).version == 1


@pytest.mark.parametrize("version", ["", "x", "7", "9" * 30])
async def test_who_saw_an_older_task_is_told_and_keeps_what_they_typed(site: World, version: str) -> None:
    await site.visit()
    task = await added(site, "pcp")
    pcp = await site.signed_in("pcp")
    answer = await pcp.post(f"/tasks/{task.id}/complete", data={"version": version, "outcome": "The score is 9"})
    assert answer.status_code == 409
    for words in ("Somebody changed this task meanwhile", "The score is 9", 'name="version" value="1"'):
        assert words in answer.text


async def test_a_stranger_s_task_is_not_found_and_one_without_a_tie_is_refused(site: World) -> None:
    await site.visit()
    await site.hire("northerner", Role.PCP, await site.second_clinic())
    task = await added(site, "pcp")
    for who, status in (("outsider", 404), ("northerner", 403)):
        browser = await site.signed_in(who)
        assert (await browser.get(f"/tasks/{task.id}")).status_code == status
        assert (await browser.post(f"/tasks/{task.id}/complete", data={"version": "1"})).status_code == status
    for odd in ("x", new_id()):
        assert (await (await site.signed_in("pcp")).get(f"/tasks/{odd}")).status_code == 404
