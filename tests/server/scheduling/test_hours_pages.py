"""Pages for when people work: seen and kept by whom they concern; what is wrong is said there, what was typed stays."""

from datetime import date, timedelta

import pytest

from server.access import Role
from server.scheduling.availability_rules import Leave
from tests.cast import World
from tests.server.scheduling.appointments import booked, called_off
from tests.server.scheduling.schedules import nine_to_five, works

pytestmark = pytest.mark.anyio

MONDAY = {"weekly-0-weekday": "0", "weekly-0-starts": "09:00", "weekly-0-ends": "17:00", "weekly-0-place": "any"}
LIMITS = {
    "before": "0",
    "after": "10",
    "notice": "2",
    "horizon": "60",
    "daily_maximum": "",
    "step": "15",
    "zone": "America/Denver",
}


async def test_a_practitioner_comes_to_their_own_hours_and_the_front_desk_chooses_whose(site: World) -> None:
    pcp = site.practitioners["pcp"]
    answer = await (await site.signed_in("pcp")).get("/hours")
    assert answer.headers["location"] == f"/hours/{pcp.id}"
    choosing = (await (await site.signed_in("frontdesk")).get("/hours")).text
    assert f"/hours/{pcp.id}" in choosing
    assert "No hours yet: not offered to patients" in choosing


async def test_hours_are_kept_and_shown_as_they_were_typed(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    kept = await pcp.post(path, data={**LIMITS, **MONDAY, "version": "0"})
    assert (kept.status_code, kept.headers["location"]) == (303, f"{path}?kept=1")
    page = (await pcp.get(f"{path}?kept=1")).text
    assert "Kept." in page
    assert all(f'value="{value}"' in page for value in ("09:00", "17:00", "10", "60"))


async def test_what_is_wrong_is_said_and_what_was_typed_stays(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    answer = await pcp.post(path, data={**LIMITS, **MONDAY, "weekly-0-ends": "08:00", "after": "25", "version": "0"})
    assert answer.status_code == 422
    assert "The end is not after the start." in answer.text
    assert 'value="25"' in answer.text


@pytest.mark.parametrize("changes", [{"version": "²"}, {"version": "9" * 5000}, {"zone": "Mars/Olympus"}])
async def test_what_no_form_of_ours_sends_is_refused_in_words(site: World, changes: dict[str, str]) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    day = {"exceptions-0-day": "2027-03-15", "exceptions-0-starts": "02:30", "exceptions-0-ends": "06:00"}
    answer = await pcp.post(path, data={**LIMITS, **MONDAY, **day, "version": "0", **changes})
    assert answer.status_code in {409, 422}
    assert "09:00" in answer.text


async def test_a_time_that_the_clocks_skip_asks_which_is_meant(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    day = {"exceptions-0-day": "2027-03-14", "exceptions-0-starts": "02:30", "exceptions-0-ends": "06:00"}
    answer = await pcp.post(path, data={**LIMITS, **day, "version": "0"})
    assert (answer.status_code, "Which start is meant?" in answer.text) == (422, True)
    answered = {**LIMITS, **day, "exceptions-0-starts_meant": "later", "version": "0"}
    assert (await pcp.post(path, data=answered)).status_code == 303


async def test_more_rows_are_shown_without_keeping_anything(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    page = (await pcp.post(path, data={**LIMITS, **MONDAY, "version": "0", "more": "1"})).text
    assert 'name="weekly-2-starts"' in page
    assert "09:00" not in (await pcp.get(path)).text


async def test_who_saves_over_somebody_else_s_change_is_warned_once(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    await works(site, "pcp")
    typed = {**LIMITS, **MONDAY, "version": "0"}
    answer = await pcp.post(path, data=typed)
    assert (answer.status_code, "Somebody else changed these hours" in answer.text) == (409, True)
    assert (await pcp.post(path, data={**typed, "version": "1"})).status_code == 303


@pytest.mark.parametrize(("who", "status"), [("psychiatrist", 403), ("outsider", 404)])
async def test_nobody_else_sees_or_keeps_them(site: World, who: str, status: int) -> None:
    browser, path = await site.signed_in(who), f"/hours/{site.practitioners['pcp'].id}"
    assert (await browser.get(path)).status_code == status
    assert (await browser.post(path, data={**LIMITS, "version": "0"})).status_code == status


async def test_who_keeps_nobody_s_hours_reads_so(site: World) -> None:
    await site.hire("northerndesk", Role.FRONT_DESK, await site.second_clinic())
    page = (await (await site.signed_in("northerndesk")).get("/hours")).text
    assert "There is nobody whose hours you keep." in page


async def test_an_administrator_keeps_the_organization_s_holidays(site: World) -> None:
    admin = await site.signed_in("admin")
    assert "No day yet." in (await admin.get("/admin/holidays")).text
    wrong = await admin.post("/admin/holidays", data={"day": "", "name": ""})
    assert (wrong.status_code, "Say what the day is called." in wrong.text) == (422, True)
    await admin.post("/admin/holidays", data={"day": "2026-12-25", "name": "Christmas"})
    page = (await admin.get("/admin/holidays")).text
    assert "12/25/2026" in page
    assert "Christmas" in page
    await admin.post("/admin/holidays/drop", data={"day": "2026-12-25"})
    await admin.post("/admin/holidays/drop", data={"day": "never"})
    assert "No day yet." in (await admin.get("/admin/holidays")).text
    assert (await (await site.signed_in("pcp")).get("/admin/holidays")).status_code == 403


NIGHT = {"weekly-0-weekday": "6", "weekly-0-starts": "02:30", "weekly-0-ends": "06:00", "weekly-0-place": "any"}


async def test_weekly_hours_that_the_clocks_skip_ask_in_words_and_keep_the_answer(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    asked = await pcp.post(path, data={**LIMITS, **NIGHT, "version": "0"})
    assert asked.status_code == 422
    assert "On Sunday, March 14 there is no 2:30\u00a0AM: the clocks go forward." in asked.text
    assert "These hours then begin at 3:00\u00a0AM" in asked.text
    kept = await pcp.post(path, data={**LIMITS, **NIGHT, "version": "0", "weekly-0-skipped": "close"})
    assert kept.status_code == 303
    assert 'value="close" checked' in (await pcp.get(path)).text


async def test_weekly_hours_that_end_in_an_hour_that_comes_twice_ask_which(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    times = {"weekly-0-starts": "00:00", "weekly-0-ends": "01:30"}
    asked = await pcp.post(path, data={**LIMITS, **NIGHT, **times, "version": "0"})
    assert "On Sunday, November 7 there is 1:30\u00a0AM twice: the clocks go back." in asked.text


async def test_hours_by_day_ask_nothing(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    await pcp.post(path, data={**LIMITS, **MONDAY, "version": "0"})
    assert "the clocks go" not in (await pcp.get(path)).text


async def test_visits_that_a_change_of_hours_leaves_outside_are_told_by_their_time(site: World) -> None:
    await works(site, "pcp")
    path = f"/hours/{site.practitioners['pcp'].id}"
    await booked(site, site.clock.now + timedelta(hours=1))  # on Tuesday at eleven
    await called_off(site, await booked(site, site.clock.now + timedelta(hours=2)))
    pcp = await site.signed_in("pcp")
    assert "not within these hours" not in (await pcp.get(path)).text
    await works(site, "pcp", nine_to_five(leave=(Leave(date(2026, 11, 24), date(2026, 11, 30)),)), version=1)
    page = (await pcp.get(path)).text
    assert "One booked visit is not within these hours." in page
    assert "Tuesday, November 24, <time>11:00\u00a0AM" in page


async def test_where_no_hours_were_set_no_visit_is_called_outside_of_them(site: World) -> None:
    await booked(site, site.clock.now + timedelta(hours=1))
    page = (await (await site.signed_in("pcp")).get(f"/hours/{site.practitioners['pcp'].id}")).text
    assert "not within these hours" not in page
