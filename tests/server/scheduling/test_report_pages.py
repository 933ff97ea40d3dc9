"""Reports as people see them: figures with charts and tables, whose they are, odd addresses, and the file."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx2
import pytest

from server.access import Role
from server.audit import AuditEvent
from server.directory import Clinic, Practitioner
from server.scheduling import CancelReason, cancel
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.schedules import works
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
HERE = "/reports/scheduling"
WEEK = {"from": "2026-11-23", "to": "2026-11-29"}


async def get(world: World, who: str = "admin", path: str = HERE, **words: str) -> httpx2.Response:
    return await (await world.signed_in(who)).get(path, params=words)


async def rows(world: World, who: str = "admin", **words: str) -> list[dict[str, str]]:
    answer = await get(world, who, f"{HERE}.csv", **{**WEEK, **words})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def busy_week(world: World) -> None:
    """The pcp's week of 40 hours: an hour that was missed, half an hour to come, and one that was cancelled."""
    await works(world, "pcp")
    missed, _, off = [await booked(world, TEN + timedelta(hours=n), minutes=m) for n, m in ((0, 60), (1, 30), (2, 60))]
    async with world.deps.database.write() as session:
        (await session.merge(missed)).status = "noshow"
        await cancel(session, world.deps, world.actors["frontdesk"], off.id, CancelReason.PATIENT)


async def test_the_page_says_each_figure_in_words_in_a_chart_and_in_a_table(site: World) -> None:
    await busy_week(site)
    page = (await get(site, **WEEK)).text
    for words in ("Dr. R. Okafor", "The patient asked", "Third next available", "4%", "100%", "Download as a table"):
        assert words in page
    assert page.count('<svg class="trend bars"') == page.count("<desc") == 5
    assert page.count("<table") == 5


async def test_what_is_written_as_one_day_is_one_day(site: World) -> None:
    await works(site, "pcp")
    await booked(site, TEN + timedelta(hours=25), minutes=30)
    page = (await get(site, **WEEK)).text
    assert (">1 day<" in page, "1 days" in page) == (True, False)


async def test_of_nothing_the_page_says_so(site: World) -> None:
    page = (await get(site, **WEEK)).text
    assert "Nothing to show in these days." in page


async def test_who_treats_nobody_has_nothing_to_report_on(site: World) -> None:
    await site.hire("scribe", Role.PCP, site.clinic)
    answer = await get(site, "scribe")
    assert answer.status_code == 200
    assert "Nobody to report on" in answer.text


async def test_clinicians_see_themselves_and_the_front_desk_nothing(site: World) -> None:
    await busy_week(site)
    page = (await get(site, "psychiatrist", **WEEK)).text
    assert "Dr. L. Brandt" in page
    assert "Okafor" not in page
    assert (await get(site, "frontdesk")).status_code == 403


async def test_the_file_has_a_row_for_each_practitioner_clinic_and_for_all(site: World) -> None:
    await busy_week(site)
    found = await rows(site)
    assert [(row["clinic"], row["practitioner"]) for row in found] == [
        ("Cedar Creek Clinic", "Dr. L. Brandt"),
        ("Cedar Creek Clinic", "Dr. R. Okafor"),
        ("Cedar Creek Clinic", "T. Reyes"),
        ("Cedar Creek Clinic", ""),
        ("", ""),
    ]
    okafor = found[1]
    assert (okafor["open minutes"], okafor["booked minutes"], okafor["utilisation %"]) == ("2400", "90", "3.8")
    assert (okafor["no-shows"], okafor["no-shows %"], okafor["cancelled: pat"]) == ("1", "100.0", "1")
    assert okafor["third next available days"] == "0.0"
    assert found[-1]["booked minutes"] == "90"


async def test_a_clinic_can_be_chosen_and_another_ones_cannot(site: World) -> None:
    north = await site.second_clinic()
    await site.hire("northern", Role.PCP, north, "MT")
    assert {row["clinic"] for row in await rows(site, clinic=str(north.id))} == {"Cedar Creek North", ""}
    far = site.practitioners["outsider"].clinic_id
    assert (await get(site, clinic=str(far))).status_code == 422
    assert (await get(site, path=f"{HERE}.csv", clinic=str(far))).status_code == 422


async def test_names_are_no_formulas_in_the_file(site: World) -> None:
    async with site.deps.database.write() as session:
        (await session.get_one(Clinic, site.clinic.id)).name = "=cmd|calc"
        (await session.get_one(Practitioner, site.practitioners["pcp"].id)).title = "+Dr."
    found = await rows(site)
    assert {row["clinic"] for row in found} == {"'=cmd|calc", ""}
    assert "'+Dr. R. Okafor" in {row["practitioner"] for row in found}


async def test_the_file_is_named_and_kept_nowhere(site: World) -> None:
    answer = await get(site, path=f"{HERE}.csv", **WEEK)
    assert answer.headers["content-disposition"] == 'attachment; filename="scheduling-2026-11-23-2026-11-29.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


async def test_looks_and_files_are_on_the_record(site: World) -> None:
    await get(site, **WEEK)
    await rows(site)
    events: list[AuditEvent] = await journey.audited(site, "read", "export")
    said = "2026-11-23 to 2026-11-29, 3 practitioners"
    assert [(e.action, e.entity, e.why) for e in events] == [("read", "Report", said), ("export", "Report", said)]


async def test_without_words_it_is_the_last_four_weeks(site: World) -> None:
    page = (await get(site)).text
    assert 'value="2026-10-28"' in page
    assert 'value="2026-11-24"' in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"from": "yesterday"}, "Choose a day."),
        ({"to": "2026-02-30"}, "Choose a day."),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "Choose a date that is nearer."),
        ({"to": "9999-12-31"}, "Choose a date that is nearer."),
        ({"from": "2026-11-24", "to": "2026-11-23"}, "The last day is before the first."),
        ({"from": "2024-01-01", "to": "2026-01-01"}, "At most a year at once."),
        ({"minutes": "1"}, "Choose one."),
        ({"minutes": "9" * 400}, "Choose one."),
        ({"clinic": "everywhere"}, "Choose one."),
    ],
)
async def test_odd_words_are_answered_at_their_field_and_kept(site: World, words: dict[str, Any], said: str) -> None:
    answer = await get(site, **words)
    assert answer.status_code == 422
    if "clinic" not in words:
        assert said in answer.text
    assert (await get(site, path=f"{HERE}.csv", **words)).status_code == 422
