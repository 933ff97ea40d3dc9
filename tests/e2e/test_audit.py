"""An administrator sees who looked at what, and what was refused, within seconds; axe finds nothing on the page."""

import json
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import sign_in, sign_in_as_administrator
from tests.e2e.served import Served
from tests.e2e.test_accessibility import follow, look, with_axe


def test_what_a_doctor_did_and_was_refused_is_seen_sealed_and_exported(
    clinic_chromium: Browser, patient_chromium: Browser, served: Served
) -> None:
    with person(clinic_chromium, served.url) as ours, person(patient_chromium, served.url) as theirs:
        pcp, admin = ours.new_page(), theirs.new_page()
        sign_in(pcp)
        pcp.goto("/patients?q=haddad")
        pcp.get_by_role("link", name="Haddad, Samir", exact=True).click()
        pcp.goto("/admin")
        sign_in_as_administrator(admin)
        admin.get_by_role("link", name="Audit trail").click()
        expect(admin.get_by_text("looked at a patient’s details").first).to_be_visible()
        expect(admin.get_by_text("Refused").first).to_be_visible()
        admin.get_by_role("searchbox").fill("haddad")
        admin.get_by_role("button", name="Search").click()
        admin.get_by_role("region", name="Whose record?").get_by_role("link").click()
        expect(admin.get_by_text("Record of Haddad, Samir")).to_be_visible()
        admin.reload()
        expect(admin.get_by_text("Sealed up to number")).to_be_visible()
        with admin.expect_download() as download:
            admin.get_by_role("button", name="FHIR (NDJSON)").click()
        lines = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
        assert {line["resourceType"] for line in lines} == {"AuditEvent"}


def test_the_viewer_is_accessible(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as context:
        page = with_axe(context)
        sign_in_as_administrator(page)
        look(page)
        page.goto("/admin/audit")
        expect(page.get_by_role("heading", name="Audit trail", level=1)).to_be_visible()
        look(page)
        page.goto("/admin/audit?outcome=denied&from=soon")
        expect(page.get_by_label("From day")).to_have_attribute("aria-invalid", "true")
        look(page)
        page.goto("/admin/audit")
        page.get_by_role("searchbox").fill("alvarez")
        follow(page, page.get_by_role("button", name="Search"))
        expect(page.get_by_role("region", name="Whose record?")).to_be_visible()
        look(page)
