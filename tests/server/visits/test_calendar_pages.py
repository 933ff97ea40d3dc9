"""The calendar's page, what its grid is sent, and a visit that is moved: what is in the way is said in words."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from server.access import Role
from server.audit import AuditEvent
from server.scheduling import Appointment
from server.visits.tables import Encounter
from tests.cast import TEN, World
from tests.server.scheduling.feeds import busy_row
from tests.server.scheduling.schedules import works

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
TO = {"start": "2026-11-24T14:00", "minutes": "30", "zone": "America/Denver"}


async def entries(site: World, who: str = "pcp", query: str = "view=day") -> dict[str, Any]:
    answer = await (await site.signed_in(who)).get(f"/calendar/entries?{query}")
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


async def moved(site: World, visit_id: object, who: str = "pcp", **changes: str) -> tuple[int, dict[str, Any]]:
    answer = await (await site.signed_in(who)).post(f"/visits/{visit_id}/move", data={**TO, **changes})
    return answer.status_code, answer.json() if "json" in answer.headers["content-type"] else {}


async def start_of(site: World) -> list[object]:
    async with site.deps.database.read() as session:
        return [row.starts_at for row in (await session.exec(select(Appointment))).all()]


async def test_the_list_works_without_a_script(site: World) -> None:
    visit_id, _ = await site.visit()
    await works(site, "pcp")
    page = (await (await site.signed_in("pcp")).get("/calendar?view=day")).text
    assert "Tuesday, November 24, 2026" in page
    assert "Mountain Time" in page
    assert f"/visits/{visit_id}/time" in page
    assert site.patient.family_name in page
    assert "9:00\u00a0AM – 5:00\u00a0PM" in page


@pytest.mark.parametrize(("view", "title"), [("week", "Nov 22\u2009–\u200928, 2026"), ("month", "November 2026")])
async def test_weeks_and_months_are_named_and_lead_on(site: World, view: str, title: str) -> None:
    page = (await (await site.signed_in("pcp")).get(f"/calendar?view={view}&day=2026-11-24")).text
    assert title in page
    assert f"view={view}&amp;day=2026-1" in page


async def test_the_grid_is_sent_the_clock_on_the_wall(site: World) -> None:
    visit_id, _ = await site.visit()
    await works(site, "pcp")
    sent = await entries(site)
    (entry,) = sent["entries"]
    assert (entry["id"], entry["start"], entry["end"]) == (str(visit_id), "2026-11-24T10:00", "2026-11-24T10:20")
    assert (entry["title"], entry["movable"]) == (f"{site.patient.given_name} {site.patient.family_name}", True)
    assert (sent["zone"], sent["offset"], sent["day"]) == ("America/Denver", "-07:00", "2026-11-24")
    assert sent["ground"][0]["kind"] == "open"


async def test_no_name_is_sent_to_who_has_no_tie(site: World) -> None:
    await site.visit()
    await site.hire("stranger", Role.PCP, await site.second_clinic(), "MT")
    sent = await entries(site, "stranger", f"view=day&who={site.practitioners['pcp'].id}")
    assert sent["entries"][0]["title"] == "Busy"
    assert site.patient.family_name not in str(sent)


async def test_each_look_is_in_the_audit_trail(site: World) -> None:
    await site.visit()
    await entries(site)
    async with site.deps.database.read() as session:
        found = (await session.exec(select(AuditEvent.why).where(AuditEvent.action == "read"))).all()
    assert "calendar, 1 visits" in found


@pytest.mark.parametrize(
    "query",
    ["view=year", "day=2026-02-30", "day=0001-01-01", "day=9999-12-31", "who=x", "clinic=x", "who=" + "9" * 400],
)
async def test_what_no_link_of_ours_asks_for_is_not_found(site: World, query: str) -> None:
    pcp = await site.signed_in("pcp")
    for path in ("/calendar", "/calendar/entries"):
        assert (await pcp.get(f"{path}?{query}")).status_code == 404


async def test_a_visit_is_moved_and_the_new_time_is_said(site: World) -> None:
    visit_id, _ = await site.visit()
    status, said = await moved(site, visit_id)
    assert (status, said) == (200, {"day": "Tuesday, November 24", "time": "2:00\u00a0PM"})
    assert await start_of(site) == [TEN + 4 * HOUR]


async def test_what_is_in_the_way_is_said_and_only_a_reason_goes_over_it(site: World) -> None:
    visit_id, _ = await site.visit()
    await site.visit(starts_at=TEN + 4 * HOUR)
    status, said = await moved(site, visit_id)
    assert (status, said) == (409, {"message": "Another appointment is in the way.", "ask": "overbook"})
    assert (await moved(site, visit_id, overbook="Both are short"))[0] == 200


async def test_another_calendar_is_asked_about_and_then_passed_over(site: World) -> None:
    visit_id, _ = await site.visit()
    await busy_row(site, TEN + 4 * HOUR, TEN + 5 * HOUR)
    status, said = await moved(site, visit_id)
    assert (status, said["ask"]) == (409, "anyway")
    assert said["message"] == "Dr. Rose Okafor is busy then by another calendar."
    assert (await moved(site, visit_id, anyway="1"))[0] == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": "2026-11-24T09:00"}, "This time is past."),
        ({"start": "2027-03-14T02:30"}, "The clocks change that day"),
        ({"start": "tomorrow"}, "This is not a time"),
        ({"start": "2026-11-24"}, "This is not a time"),
        ({"start": "2026-11-24T14:00+01:00"}, "This is not a time"),
        ({"start": "9999-12-31T23:59"}, "This is not a time"),
        ({"zone": "Mars/Olympus"}, "This is not a time"),
        ({"zone": "../../etc/passwd"}, "This is not a time"),
        ({"zone": ""}, "This is not a time"),
        ({"zone": "x" * 300}, "This is not a time"),
        ({"minutes": "0"}, "A visit takes"),
        ({"minutes": "²"}, "A visit takes"),
        ({"minutes": "481"}, "A visit takes"),
        ({"overbook": "x" * 300}, "This is too long."),
    ],
)
async def test_what_cannot_be_is_refused_in_words(site: World, changes: dict[str, str], words: str) -> None:
    visit_id, _ = await site.visit()
    status, said = await moved(site, visit_id, **changes)
    assert status == 422
    assert words in said["message"]
    assert await start_of(site) == [TEN]


async def test_a_visit_that_is_only_made_longer_keeps_the_second_of_two_same_times(site: World) -> None:
    site.clock.now = TEN - timedelta(days=30)
    second = TEN.replace(month=11, day=1, hour=8, minute=30)  # 1:30 in Denver, for the second time
    visit_id, _ = await site.visit(starts_at=second)
    assert (await moved(site, visit_id, start="2026-11-01T01:30"))[0] == 200
    assert await start_of(site) == [second]


async def test_a_visit_that_has_begun_is_not_moved(site: World) -> None:
    visit_id, _ = await site.visit()
    async with site.deps.database.write() as session:
        (await session.get_one(Encounter, visit_id)).status = "in-progress"
    status, said = await moved(site, visit_id)
    assert status == 409
    assert said["message"].startswith("The patient has come.")


async def test_who_has_no_tie_moves_nothing(site: World) -> None:
    visit_id, _ = await site.visit()
    await site.hire("stranger", Role.PCP, await site.second_clinic(), "MT")
    assert (await moved(site, visit_id, "stranger"))[0] == 403
    assert (await moved(site, visit_id, "outsider"))[0] == 404
    assert (await moved(site, "x"))[0] == 404
    assert await start_of(site) == [TEN]
