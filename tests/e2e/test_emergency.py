"""Breaking the glass, as a psychiatrist whom nothing ties to the patient goes through it; and who hears of it."""

import re
import sqlite3
from email import message_from_bytes, policy
from email.message import EmailMessage

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.served import Served
from tests.e2e.short_way import enter, visit_now
from tests.e2e.test_accessibility import check, look, with_axe

REASON = "Found unresponsive, no history known"


def letters(served: Served) -> list[EmailMessage]:
    """Mails that the demo has sent to its administrator."""
    files = sorted((served.folder / "mail").glob("*.eml"))
    found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [letter for letter in found if letter["To"] == "admin@demo.test"]


def events(served: Served, action: str) -> list[tuple[str, str]]:
    """Roles and why of what the audit trail says about an action."""
    with sqlite3.connect(served.folder / "curbside.db") as database:
        return database.execute("SELECT roles, why FROM audit_event WHERE action = ?", [action]).fetchall()


def break_glass(page: Page, reason: str = REASON) -> None:
    page.get_by_label("Why do you need it now?").fill(reason)
    page.get_by_role("button", name="Open the record").click()


def test_a_psychiatrist_opens_a_record_in_an_emergency_and_closes_it(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url) as ours, person(clinic_chromium, served.url) as theirs:
        pcp, page = ours.new_page(), theirs.new_page()
        enter(pcp)
        sheet, _ = visit_now(pcp)
        enter(page, "psychiatrist")
        page.goto(sheet)
        expect(page.get_by_role("heading", name="Not your patient")).to_be_visible()
        page.get_by_role("link", name="Open in an emergency").click()
        break_glass(page, "because")
        expect(page.get_by_label("Why do you need it now?")).to_have_value("because")
        break_glass(page)
        banner = page.get_by_role("region", name="Open in an emergency")
        expect(banner).to_contain_text("60 minutes left")
        page.get_by_role("region", name="Visits").locator(f'a[href="{sheet}"]').click()
        expect(page.get_by_role("heading", name="Maria Alvarez")).to_be_visible()
        expect(page.get_by_role("button", name="New link")).to_have_count(0)
        banner.get_by_role("button", name=re.compile("^Close now")).first.click()
        expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
        answer = page.goto(sheet)
        assert answer is not None
        assert answer.status == 403
    (letter,) = letters(served)
    assert "Dr. Lena Brandt" in letter.get_content()
    assert "Alvarez" not in str(letter)
    assert events(served, "open_in_emergency") == [("specialist", "break-glass")]
    assert events(served, "close_emergency") == [("specialist", "break-glass")]
    assert ("specialist", "break-glass") in events(served, "read")


def test_axe_finds_nothing_on_the_way(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url) as ours, person(clinic_chromium, served.url, PHONE) as theirs:
        pcp, page = ours.new_page(), with_axe(theirs)
        enter(pcp)
        sheet, _ = visit_now(pcp, "haddad")
        pcp.goto(sheet)
        patient = pcp.get_by_role("link", name="Patient's details").get_attribute("href") or ""
        enter(page, "psychiatrist")
        page.goto(patient)
        expect(page.get_by_text("One of them can add you.")).to_be_visible()
        look(page)
        page.goto(sheet)
        look(page)
        page.goto(f"{patient}/emergency")
        look(page)
        break_glass(page, "no")
        look(page)
        break_glass(page)
        expect(page.get_by_role("region", name="Open in an emergency")).to_contain_text("minutes left")
        expect(page.get_by_text("Nobody yet.")).to_be_visible()
        look(page)
        for path in (sheet, "/emergencies", f"{patient}/emergency", f"{patient}/care-team", f"{patient}/visits"):
            page.goto(path)
            look(page)
        page.get_by_role("button", name=re.compile("^Close now")).first.click()
        expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_the_care_team_is_changed_on_the_patient_s_page(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url) as ours:
        page = with_axe(ours)
        enter(page)
        page.goto(visit_now(page, "adeyemi")[0])
        page.get_by_role("link", name="Patient's details").click()
        team = page.get_by_role("region", name="Care team")
        team.get_by_label("Somebody more").select_option("Dr. Lena Brandt")
        team.get_by_role("button", name="Add to the team").click()
        expect(team.get_by_text("Dr. Lena Brandt", exact=True)).to_be_visible()
        check(page)
        team.get_by_role("button", name="Take off the team: Dr. Lena Brandt").click()
        expect(team.get_by_text("Nobody yet.")).to_be_visible()
