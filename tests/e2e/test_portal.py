"""A patient's own account, on the way a patient takes it: from the end of a visit over the mail to the next visit."""

import re
import time
from email import message_from_bytes, policy

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, WAIT_MS, person
from tests.e2e.journey import confirm, start_and_admit
from tests.e2e.served import Served
from tests.e2e.short_way import enter, go_to_waiting_room, visit_now
from tests.e2e.test_accessibility import check, follow, look, with_axe

EMAIL, PASSWORD = "maria@example.org", "seven quiet herons"


def mailed_link(server: Served) -> str:
    """Wait for the mail that opens the account, which the demo keeps as a file; gives the link in it."""
    deadline = time.monotonic() + WAIT_MS / 1000
    while time.monotonic() < deadline:
        for file in (server.folder / "mail").glob("*.eml"):
            letter = message_from_bytes(file.read_bytes(), policy=policy.default)
            body = letter.get_body()
            found = re.search(r"http\S+/my/open/\S+", body.get_content() if body else "")
            if found and letter["To"] == EMAIL:
                return found.group()
        time.sleep(0.05)  # another program's file has no event to wait for
    raise AssertionError("no mail came")


def take_a_visit(pcp: Page, patient: Page) -> None:
    """Have a visit from the link to its end."""
    sheet, link = visit_now(pcp)
    go_to_waiting_room(patient, link)
    start_and_admit(pcp, sheet)
    expect(patient.get_by_role("button", name="Mute")).to_be_visible()
    pcp.get_by_role("button", name="End visit").click()
    pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()
    expect(patient.get_by_role("heading", name="Your visit is over")).to_be_visible()


def ask(patient: Page) -> None:
    """Ask for an account on the closing page, not without a mistake."""
    look(patient)
    follow(patient, patient.get_by_role("link", name="Make an account"))
    look(patient)
    patient.get_by_role("button", name="Send me the mail").click()
    expect(patient.get_by_text("Enter your name.")).to_be_visible()
    look(patient)
    patient.get_by_label("Your name").fill("Maria Alvarez")
    patient.get_by_label("E-mail").fill(EMAIL)
    patient.get_by_label("Choose a password").fill(PASSWORD)
    patient.get_by_role("button", name="Send me the mail").click()
    expect(patient.get_by_role("heading", name="Look into your mail")).to_be_visible()
    look(patient)


def open_mail(page: Page, link: str) -> None:
    """Open the mail's link on another device, not without a mistake, and then once more."""
    page.goto(link)
    look(page)
    page.get_by_label("Password").fill("some other password")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This is not the password")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your visits", level=1)).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link was used already")).to_be_visible()
    look(page)


def sign_in_as_patient(patient: Page) -> None:
    """Sign in on the usual page and see what is there."""
    patient.goto("/login")
    patient.get_by_label("E-mail").fill(EMAIL)
    patient.get_by_label("Password").fill(PASSWORD)
    patient.get_by_role("button", name="Continue").click()
    expect(patient.get_by_role("heading", name="Coming up")).to_be_visible()
    expect(patient.get_by_text("Nothing was shared with you yet.")).to_be_visible()
    look(patient)
    patient.locator("summary.avatar").click()
    look(patient)


def see_who_looked(patient: Page) -> None:
    """Find the clinician in the list of who looked, and go back."""
    patient.goto("/my")
    patient.get_by_role("link", name="Who looked at my record").click()
    expect(patient.get_by_text("Dr. Rose Okafor").first).to_be_visible()
    look(patient)
    patient.get_by_role("link", name="Your visits").click()


def join_next_visit(patient: Page, pcp: Page) -> None:
    """Go from one's visits into the waiting room of the next one, where staff see it."""
    patient.get_by_role("button", name="Join visit").click()
    confirm(patient)
    patient.get_by_role("button", name="Join visit").click()
    expect(patient.get_by_role("heading", name="You are in the waiting room")).to_be_visible()
    pcp.goto("/today")
    expect(pcp.get_by_role("region", name="Waiting room").get_by_text("M. Alvarez")).to_be_visible()


def remove_access(pcp: Page) -> None:
    """End the account's access as staff."""
    pcp.goto("/patients?q=alvarez")
    pcp.get_by_role("link", name="Alvarez, Maria").click()
    pcp.get_by_text("Remove access").first.click()
    check(pcp)
    pcp.get_by_role("button", name="Remove access").click()
    expect(pcp.get_by_text("Saved.")).to_be_visible()
    expect(pcp.get_by_text("Has an account")).to_have_count(0)


def test_from_the_end_of_a_visit_over_the_mail_to_the_next_visit(
    clinic_chromium: Browser, patient_chromium: Browser, own_served: Served
) -> None:
    with (
        person(clinic_chromium, own_served.url) as ours,
        person(patient_chromium, own_served.url, PHONE) as theirs,
        person(patient_chromium, own_served.url, PHONE) as elsewhere,
    ):
        pcp, patient, mail_app = with_axe(ours), with_axe(theirs), with_axe(elsewhere)
        enter(pcp)
        take_a_visit(pcp, patient)
        ask(patient)
        open_mail(mail_app, mailed_link(own_served))
        sign_in_as_patient(patient)
        see_who_looked(patient)
        join_next_visit(patient, pcp)
        remove_access(pcp)
        mail_app.goto("/my")
        expect(mail_app.get_by_role("heading", name="Sign in")).to_be_visible()
