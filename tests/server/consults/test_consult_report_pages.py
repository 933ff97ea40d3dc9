"""Reports on consults on their page and in a file: charts with tables, days that are checked, and a noted export."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.consults.case_tables import Consult
from tests.cast import World
from tests.server.consults import asking, talking

pytestmark = pytest.mark.anyio

HERE = "/reports/consults"


async def test_the_page_shows_times_charts_and_where_coverage_is_missing(site: World) -> None:
    await talking.taken(site)
    made = await asking.service(site)
    await asking.asked(site, made)
    while await asking.work(site, seconds=61):
        pass
    page = (await (await site.signed_in("admin")).get(HERE)).text
    for words in ("Time to accept, by service", "Where coverage is missing", "Nobody answered", "10:00", "Taken live"):
        assert words in page
    assert '<svg class="trend bars"' in page
    assert "Codes for a coder" in page


async def test_how_long_an_answer_took_is_said_in_days_and_hours(site: World) -> None:
    consult_id = await talking.taken(site)
    async with site.deps.database.write() as session:
        consult = await session.get_one(Consult, consult_id)
        consult.answered_at = consult.created_at + timedelta(days=1, hours=2, minutes=40)
    page = (await (await site.signed_in("admin")).get(HERE)).text
    assert '<td role="cell" data-head="Median" class="end num"><div>1 day 2 hr</div></td>' in page
    assert "1600" not in page


async def test_without_consults_it_says_so_and_odd_days_are_said_at_their_field(site: World) -> None:
    browser = await site.signed_in("psychiatrist")
    page = (await browser.get(HERE)).text
    assert "No consults in these days" in page
    assert "Codes for a coder" not in page
    for query, words in (("from=x", "Choose a day"), ("from=2026-11-20&to=2026-11-19", "before the first")):
        answer = await browser.get(f"{HERE}?{query}")
        assert (answer.status_code, words in answer.text) == (422, True)
    assert (await browser.get(f"{HERE}?clinic=x")).status_code == 422
    assert (await (await site.signed_in("frontdesk")).get(HERE)).status_code == 403


async def test_a_clinician_gets_a_report_on_their_own_consults(site: World) -> None:
    await talking.taken(site)
    assert "At a glance" in (await (await site.signed_in("pcp")).get(HERE)).text
    assert "No consults in these days" in (await (await site.signed_in("caremanager")).get(HERE)).text


async def test_the_file_has_all_each_service_clinic_and_hour_and_the_gaps_and_is_noted(site: World) -> None:
    made = await asking.service(site)
    await asking.asked(site, made)
    while await asking.work(site, seconds=61):
        pass
    answer = await (await site.signed_in("admin")).get(f"{HERE}.csv?from=2026-11-01&to=2026-11-30")
    assert 'filename="consults-2026-11-01-2026-11-30.csv"' in answer.headers["content-disposition"]
    rows = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row[2:4] for row in rows[1:5]] == [
        ["all", ""],
        ["service", made.name],
        ["clinic", "Cedar Creek Clinic"],
        ["hour", "10:00"],
    ]
    assert rows[-1][2:] == [made.name, "Cedar Creek Clinic", "10:00", "nobody-answered", "1"]
    async with site.deps.database.read() as session:
        events = (await session.exec(select(AuditEvent).where(AuditEvent.action == "export"))).all()
    assert [event.why for event in events] == ["2026-11-01 to 2026-11-30, 1 consults"]
