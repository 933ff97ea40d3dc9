"""A consult between real browsers: asked in a running visit, it rings at the specialist, who comes in as a third."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import DOCTOR, PATIENT, remote_video, sign_in, wait_for_frames
from tests.e2e.served import Served
from tests.e2e.short_way import meet
from tests.e2e.test_accessibility import follow, look, with_axe

SPECIALIST = "Dr. L. Brandt"


@pytest.fixture
def psychiatrist(clinic_chromium: Browser, served: Served) -> Iterator[Page]:
    """Open the psychiatrist's page, at desktop width."""
    with person(clinic_chromium, served.url) as context:
        yield context.new_page()


def fill_in(page: Page) -> None:
    """Fill in what adult psychiatry asks for."""
    page.get_by_label("Whom to ask").select_option(label="Adult psychiatry")
    page.get_by_label("Your question").fill("No response at week 8. Increase, or switch?")
    page.get_by_label("Tried so far").fill("Sertraline 50 mg")
    page.get_by_label("Takes none").check()
    page.get_by_label("Risk", exact=True).select_option("none")


def accept(page: Page) -> None:
    """Answer what rings."""
    ringing = page.get_by_role("alertdialog", name="Consult ringing")
    expect(ringing.get_by_text(f"{DOCTOR} ·")).to_be_visible()
    ringing.get_by_role("button", name="Accept").click()


def test_a_consult_that_is_asked_in_a_visit_rings_at_the_specialist_who_comes_in(
    pcp: Page, patient: Page, psychiatrist: Page
) -> None:
    sign_in(psychiatrist, "Psychiatrist")
    meet(pcp, patient)
    pcp.get_by_role("tab", name="Consult").click()
    pcp.get_by_role("link", name="Request consult").click()
    fill_in(pcp)
    pcp.get_by_label("agrees to this consult").check()
    pcp.get_by_role("button", name="Ask now").click()
    accept(psychiatrist)
    pages = {DOCTOR: pcp, PATIENT: patient, SPECIALIST: psychiatrist}
    for name, page in pages.items():
        for other in pages:
            if other != name:
                wait_for_frames(page, remote_video(page, other), 5)
    expect(pcp.get_by_role("heading", name=f"{SPECIALIST} took it")).to_be_visible()


def test_two_clinicians_talk_about_a_patient_whom_nobody_names(pcp: Page, psychiatrist: Page) -> None:
    sign_in(pcp)
    sign_in(psychiatrist, "Psychiatrist")
    pcp.get_by_role("link", name="Request consult").click()
    fill_in(pcp)
    pcp.get_by_role("button", name="Ask now").click()
    expect(pcp.get_by_role("heading", name=f"Ringing {SPECIALIST}")).to_be_visible()
    accept(psychiatrist)  # and who asked, and watches it ring, is taken into the talk
    for page, other in ((pcp, SPECIALIST), (psychiatrist, DOCTOR)):
        wait_for_frames(page, remote_video(page, other), 5)
    expect(psychiatrist.get_by_text("Increase, or switch?")).to_be_visible()


def test_who_is_writing_when_somebody_accepts_is_not_torn_away(pcp: Page, psychiatrist: Page) -> None:
    sign_in(pcp)
    sign_in(psychiatrist, "Psychiatrist")
    pcp.get_by_role("link", name="Request consult").click()
    fill_in(pcp)
    pcp.get_by_role("button", name="Ask now").click()
    message = pcp.get_by_label("Your message")
    message.fill("One more thing:")
    accept(psychiatrist)
    expect(pcp.get_by_role("link", name="Join the talk")).to_be_visible()
    expect(message).to_have_value("One more thing:")


def test_the_pages_of_a_consult_are_for_everybody(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as theirs, person(clinic_chromium, served.url, PHONE) as ours:
        pcp, psychiatrist = with_axe(theirs), with_axe(ours)
        sign_in(pcp)
        pcp.goto("/consults/new")
        look(pcp)
        follow(pcp, pcp.get_by_role("button", name="Ask now"))
        look(pcp)
        fill_in(pcp)
        follow(pcp, pcp.get_by_role("button", name="Ask now"))
        look(pcp)
        sign_in(psychiatrist, "Psychiatrist")
        expect(psychiatrist.get_by_role("alertdialog", name="Consult ringing")).to_be_visible()
        look(psychiatrist)
        psychiatrist.keyboard.press("Escape")
        expect(psychiatrist.get_by_role("alertdialog")).to_be_hidden()
        case = pcp.url
        pcp.goto("/consults")
        look(pcp)
        pcp.goto(case)
        pcp.get_by_role("button", name="Stop ringing").click()  # the next journey's specialist is to have peace
        expect(pcp.get_by_text("This consult is over")).to_be_visible()
