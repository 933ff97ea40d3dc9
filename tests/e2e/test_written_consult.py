"""A written consult between real browsers: asked, taken, answered and signed on a phone; what is accepted is a task."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.served import Served
from tests.e2e.short_way import enter, visit_now
from tests.e2e.test_accessibility import follow, look, with_axe
from tests.e2e.test_consult import fill_in


def ask(page: Page) -> tuple[str, str]:
    """Ask in writing about the patient; gives the addresses of the record and of the case."""
    enter(page)
    visit_now(page)
    page.goto("/patients?q=alvarez")
    follow(page, page.get_by_role("link", name=re.compile("Alvarez")).first)
    record = page.url
    follow(page, page.get_by_role("link", name="Request consult").first)
    fill_in(page)
    page.get_by_label("agrees to this consult").check()
    page.get_by_text("Written", exact=True).click()
    page.get_by_role("button", name="Ask now").click()
    page.get_by_role("heading", name="Written messages").wait_for()
    return record, page.url


def attach(page: Page) -> None:
    """Write a message with a file in the thread."""
    page.get_by_label("Your message").fill("Here is her last ECG.")
    page.get_by_label("Pictures or PDF files").set_input_files(
        {"name": "ecg.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    follow(page, page.get_by_role("button", name="Send"))
    expect(page.get_by_role("link", name=re.compile("ecg.pdf"))).to_be_visible()
    look(page)


def take(page: Page, case: str) -> None:
    """Take the case as the specialist, who first reads its headline."""
    enter(page, "psychiatrist")
    page.goto("/consults/waiting")
    look(page)
    page.goto(f"{case}/thread")
    look(page)
    follow(page, page.get_by_role("button", name="Take this case"))
    expect(page.get_by_text("Here is her last ECG.")).to_be_visible()
    look(page)


def answer(page: Page) -> None:
    """Write the answer and sign it, at first with the dose missing."""
    follow(page, page.get_by_role("link", name="Write the answer"))
    page.get_by_label("What you make of it").fill("A partial response")
    follow(page, page.get_by_role("button", name="Medication"))
    look(page)
    page.get_by_label("Medication", exact=True).fill("Bupropion XL")
    follow(page, page.get_by_role("button", name="Sign answer"))
    expect(page.get_by_text("Write the dose, or how to find it.")).to_be_visible()
    look(page)
    page.get_by_label("Dose").fill("150 mg")
    follow(page, page.get_by_role("button", name="Sign answer"))
    expect(page.get_by_text("Not decided yet.")).to_be_visible()
    look(page)


def test_a_written_consult_is_answered_and_what_is_accepted_becomes_a_task(
    clinic_chromium: Browser, served: Served
) -> None:
    with (
        person(clinic_chromium, served.url) as ours,
        person(clinic_chromium, served.url, PHONE) as theirs,
    ):
        pcp, brandt = with_axe(ours), with_axe(theirs)
        record, case = ask(pcp)
        attach(pcp)
        take(brandt, case)
        answer(brandt)

        pcp.goto(f"{case}/answer")
        look(pcp)
        follow(pcp, pcp.get_by_role("button", name="Accept: Bupropion XL"))
        look(pcp)
        follow(pcp, pcp.get_by_role("link", name="Task", exact=True))
        expect(pcp.get_by_role("heading", name="Medication: Bupropion XL 150 mg")).to_be_visible()
        brandt.reload()
        expect(brandt.get_by_text("Taken on")).to_be_visible()
        pcp.goto(record)
        expect(pcp.get_by_text("A partial response", exact=True)).to_be_visible()
