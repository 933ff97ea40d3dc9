"""The viewer: who may look, what they see in words, what they filter by, and that looking leaves a trace."""

import csv
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from sqlmodel import col, select

from server.admin import audit_pages
from server.audit import AuditEvent, Subject, note
from server.kit.ids import new_id
from tests.cast import World
from tests.server.audit.trail import attack, record, seal_all

pytestmark = pytest.mark.anyio


async def newest(world: World) -> AuditEvent:
    async with world.deps.database.read() as session:
        query = select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(1)
        return (await session.exec(query)).one()


async def write(world: World, action: str = "read", who: str = "pcp", **changes: Any) -> None:
    subject = changes.pop("subject", Subject("Patient", world.patient.id, world.patient.id))
    async with world.deps.database.write() as session:
        note(session, world.clock.now, world.actors[who], action, subject, changes.pop("why", ""))


async def page(world: World, query: str = "", who: str = "admin") -> str:
    answer = await (await world.signed_in(who)).get(f"/admin/audit{query}")
    assert answer.status_code == 200
    return str(answer.text)


@pytest.mark.parametrize("who", ["pcp", "psychiatrist", "caremanager", "frontdesk"])
@pytest.mark.parametrize("path", ["", "/patients", "/export"])
async def test_only_administrators_come_in(site: World, who: str, path: str) -> None:
    browser = await site.signed_in(who)
    answer = await (browser.post(f"/admin/audit{path}") if path else browser.get("/admin/audit"))
    assert answer.status_code == 403


async def test_the_first_page_of_administrators_leads_there(site: World) -> None:
    assert 'href="/admin/audit"' in (await (await site.signed_in("admin")).get("/admin")).text


async def test_an_event_is_told_in_words_with_names(site: World) -> None:
    await write(site, why="care team")
    text = await page(site)
    assert "Dr. Rose Okafor" in text
    assert "looked at a patient’s details" in text
    assert "Alvarez, Maria" in text
    assert "in the care team" in text
    assert "Tuesday, November 24, 2026" in text
    assert "10:00\u202fAM" in text.replace("\u00a0", "\u202f")


async def test_nothing_of_another_organization_is_shown(site: World) -> None:
    about = Subject("Patient", site.outside_patient.id, site.outside_patient.id)
    await write(site, "update", who="outsider", subject=about)
    text = await page(site)
    assert "Omar Farouk" not in text
    assert str(site.outside_patient.id) not in text


async def test_a_refusal_is_marked_with_a_word(site: World) -> None:
    await (await site.signed_in("pcp")).get("/admin")
    text = await page(site, "?outcome=denied")
    assert "Refused" in text
    assert "look after the organization" in text
    assert "not for this role" in text


async def test_an_emergency_is_marked_with_a_word(site: World) -> None:
    await write(site, why="break-glass")
    await write(site, "update", why="care team")
    text = await page(site, "?emergency=1")
    assert text.count('class="event"') == 1
    assert "Emergency</span>" in text


async def test_an_action_without_words_is_shown_as_it_is(site: World) -> None:
    await write(site, "<b>something new</b>")
    assert "&lt;b&gt;something new&lt;/b&gt;" in await page(site)


async def test_filters_narrow_what_is_shown(site: World) -> None:
    await write(site, "update")
    site.clock.pass_(days=2)
    await write(site, "create", who="caremanager")
    pcp = site.accounts["pcp"].id
    for query, count in (
        (f"?person={pcp}", 1),
        ("?action=create", 1),
        (f"?patient={site.patient.id}", 2),
        (f"?patient={new_id()}", 0),
        ("?from=2026-11-24&to=2026-11-24", 1),
        ("?from=2026-11-25&to=2026-11-25", 0),
        (
            f"?patient={site.patient.id}&from=2026-11-25&outcome=success",
            1 + 1,
        ),  # and the look above that was about this patient
    ):
        assert (await page(site, query)).count('class="event"') == count, query


async def test_a_days_first_and_last_moment_belong_to_it_in_the_clinics_zone(site: World) -> None:
    site.clock.now = site.clock.now.replace(hour=7, minute=0)  # midnight in Denver
    await write(site, "create")
    site.clock.now += timedelta(hours=24) - timedelta(microseconds=1)
    await write(site, "update")
    site.clock.now += timedelta(days=3)
    assert (await page(site, "?from=2026-11-24&to=2026-11-24")).count('class="event"') == 2


@pytest.mark.parametrize("typed", ["soon", "2026-13-01"])
async def test_a_day_that_cannot_be_read_is_said_beside_its_field(site: World, typed: str) -> None:
    answer = await (await site.signed_in("admin")).get(f"/admin/audit?from={typed}")
    assert answer.status_code == 422
    assert audit_pages.NO_DATE in answer.text


async def test_the_last_day_that_there_is_breaks_nothing(site: World) -> None:
    assert await page(site, "?to=9999-12-31&person=nobody&after=nothing")


async def test_a_long_trail_comes_in_pages(site: World) -> None:
    await record(site, audit_pages.MOST + 10)
    admin = await site.signed_in("admin")
    first = (await admin.get("/admin/audit?action=start")).text
    assert first.count('class="event"') == audit_pages.MOST
    older = first.partition('href="/admin/audit?action=start')[2].partition('"')[0].replace("&amp;", "&")
    second = (await admin.get(f"/admin/audit?action=start{older}")).text
    assert second.count('class="event"') == 10
    assert "Newest" in second


async def test_that_somebody_looked_is_in_the_trail(site: World) -> None:
    await page(site, f"?patient={site.patient.id}&action=read")
    event = await newest(site)
    assert (event.account_id, event.action) == (site.accounts["admin"].id, "read")
    assert (event.entity, event.patient_id) == ("AuditEvent", site.patient.id)
    assert event.why == "0 events, by patient, action"


async def test_a_patient_is_found_without_a_name_in_any_address(site: World) -> None:
    admin = await site.signed_in("admin")
    answer = await admin.post("/admin/audit/patients", data={"q": "alvarez"})
    assert f'href="/admin/audit?patient={site.patient.id}"' in answer.text
    assert str(site.outside_patient.id) not in answer.text
    nobody = await admin.post("/admin/audit/patients", data={"q": "nobody at all"})
    assert "Nobody found" in nobody.text
    assert (await admin.post("/admin/audit/patients", data={"q": ""})).status_code == 200


async def test_the_record_that_is_looked_into_is_named(site: World) -> None:
    assert "Record of Alvarez, Maria" in await page(site, f"?patient={site.patient.id}")


async def test_it_tells_how_far_the_trail_is_sealed(site: World) -> None:
    assert "Nothing is sealed yet" in await page(site)
    await record(site, 3)
    await seal_all(site)
    assert "Sealed up to number" in await page(site)
    await attack(site, "UPDATE audit_head SET hash = :hash", hash=bytes(32))
    assert "does not fit" in await page(site)


async def test_it_speaks_spanish(site: World) -> None:
    admin = await site.signed_in("admin", **{"Accept-Language": "es"})
    await write(site)
    text = (await admin.get("/admin/audit")).text
    assert "24 de noviembre de 2026" in text
    assert "looked at" not in text


async def exported(world: World, kind: str, **filters: str) -> Any:
    return await (await world.signed_in("admin")).post("/admin/audit/export", data={"format": kind, **filters})


async def test_the_export_has_every_event_as_fhir_with_its_link(site: World) -> None:
    made = await record(site, 3)
    await seal_all(site)
    site.clock.pass_(minutes=1)
    answer = await exported(site, "ndjson", action="start")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["id"] for line in lines] == [str(id_) for id_ in reversed(made)]
    assert {line["resourceType"] for line in lines} == {"AuditEvent"}
    assert lines[-1]["agent"][0]["who"]["display"] == "Dr. Rose Okafor"
    assert lines[-1]["entity"][1]["what"]["reference"] == f"Patient/{site.patient.id}"
    assert lines[-1]["seal"]["sequence"] == 1
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.ndjson"'
    assert answer.headers["cache-control"] == "no-store"


async def test_the_export_goes_on_past_what_is_read_at_once(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_pages, "EXPORTED_AT_ONCE", 2)
    await record(site, 5)
    site.clock.pass_(minutes=1)
    rows = list(csv.reader(StringIO((await exported(site, "csv", action="start")).text)))
    assert len({row[12] for row in rows[1:]}) == 5


async def test_the_table_holds_no_formula(site: World) -> None:
    await write(site, "update", why='=HYPERLINK("https://example.org")')
    site.clock.pass_(minutes=1)
    rows = list(csv.DictReader(StringIO((await exported(site, "csv", action="update")).text.removeprefix("\ufeff"))))
    assert rows[0]["why"].startswith("'=")
    assert rows[0]["person"] == "Dr. Rose Okafor"


async def test_the_export_has_nothing_of_another_organization(site: World) -> None:
    await write(site, "update", who="outsider")
    site.clock.pass_(minutes=1)
    assert "Farouk" not in (await exported(site, "ndjson")).text


async def test_that_it_was_exported_is_durable_before_the_first_line_leaves(site: World) -> None:
    site.clock.pass_(minutes=1)
    await exported(site, "csv", patient=str(site.patient.id))
    event = await newest(site)
    assert (event.action, event.entity, event.patient_id) == ("export", "AuditEvent", site.patient.id)
    assert event.why == "csv, by patient"


async def test_another_format_is_refused(site: World) -> None:
    assert (await exported(site, "xlsx")).status_code == 422
