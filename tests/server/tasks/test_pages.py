"""Lists of tasks: one's own, one's clinics', a patient's, and the part of Today. Each look is noted."""

from datetime import timedelta

import pytest

from server.access import Role
from server.tasks.actions import Seen, complete_task
from tests.cast import World
from tests.server.tasks.examples import SECRET, TODAY, added, noted

pytestmark = pytest.mark.anyio
PART = {"HX-Request": "true"}
DAY = timedelta(days=1)


async def shown(world: World, path: str, who: str = "pcp", **headers: str) -> str:
    answer = await (await world.signed_in(who)).get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_each_view_shows_its_own_tasks(site: World) -> None:
    await site.visit()
    await added(site, "pcp", title="My own task")
    await added(site, "caremanager", title="A colleague’s task", due_on=TODAY - DAY)
    views = {"": (1, 0), "?view=clinics": (1, 1), "?view=overdue": (0, 1), "?view=x": (1, 0)}
    for query, stands in views.items():
        page = await shown(site, f"/tasks{query}")
        assert (page.count("My own task"), page.count("A colleague’s task")) == stands
    assert "Was due Mon, Nov 23, 2026" in await shown(site, "/tasks?view=overdue")
    assert "Nothing to do" in await shown(site, "/tasks", "outsider")
    assert "Nothing is overdue" in await shown(site, "/tasks?view=overdue", "outsider")


async def test_whose_tasks_were_read_is_noted_before_they_are_shown(site: World) -> None:
    await site.visit()
    await added(site, "pcp", due_on=TODAY)
    for path in ("/tasks", "/tasks/today", f"/patients/{site.patient.id}/tasks"):
        await shown(site, path)
    assert await noted(site) == ["create", "read", "read", "read"]


async def test_today_shows_what_is_due_by_today(site: World) -> None:
    await site.visit()
    assert "Nothing is due today" in await shown(site, "/tasks/today", **PART)
    await added(site, "pcp", title="Due now", due_on=TODAY)
    await added(site, "pcp", title="Due tomorrow", due_on=TODAY + DAY)
    part = await shown(site, "/tasks/today", **PART)
    assert ("Due now" in part, "Due tomorrow" in part, "<html" in part) == (True, False, False)
    assert "<html" in await shown(site, "/tasks/today")
    assert 'hx-get="/tasks/today"' in await shown(site, "/today")


async def test_a_patient_s_page_brings_their_tasks_open_and_closed(site: World) -> None:
    await site.visit()
    done = await added(site, "pcp", title="An old task")
    await added(site, title="A task of nobody")
    await complete_task(site.deps, site.actors["pcp"], Seen(done.id, 1), "")
    address = f"/patients/{site.patient.id}/tasks"
    assert f'hx-get="{address}"' in await shown(site, f"/patients/{site.patient.id}")
    part = await shown(site, address, **PART)
    for words in ("A task of nobody", "Nobody’s yet", "1 closed task", "An old task", f"{address}/new"):
        assert words in part
    assert "<html" in await shown(site, address)


async def test_without_a_tie_a_part_says_so_and_a_page_is_refused(site: World) -> None:
    await site.visit()
    await site.hire("northerner", Role.PCP, await site.second_clinic())
    await added(site, "pcp")
    address = f"/patients/{site.patient.id}/tasks"
    part = await shown(site, address, "northerner", **PART)
    assert ("Seen by those who take part" in part, SECRET in part) == (True, False)
    assert (await (await site.signed_in("northerner")).get(address)).status_code == 403
    assert (await (await site.signed_in("outsider")).get(address)).status_code == 404
