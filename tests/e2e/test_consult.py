"""A consult between real browsers: asked in a running visit, it rings at the specialist, who comes in and answers."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import DOCTOR, PATIENT, remote_video, wait_for_frames
from tests.e2e.served import Served
from tests.e2e.short_way import enter, meet, post, sit_down
from tests.e2e.test_accessibility import follow, look, with_axe
from tests.server.consults.answered_cases import ADVICE, SECRET_ADVICE

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


def ask_in_visit(page: Page) -> str:
    """Ask beside the call that runs; gives the address of the case."""
    page.get_by_role("tab", name="Consult").click()
    page.get_by_role("link", name="Request consult").click()
    fill_in(page)
    page.get_by_label("agrees to this consult").check()
    page.get_by_role("button", name="Ask now").click()
    return page.get_by_role("link", name="Open the consult").get_attribute("href") or ""


def all_see_all(pages: dict[str, Page]) -> None:
    """Wait until pictures move on each side of each pair."""
    for name, page in pages.items():
        for other in pages.keys() - {name}:
            wait_for_frames(page, remote_video(page, other), 5)


def begun(served: Served, case: str, ago: timedelta) -> None:
    """Have a talk that goes on begun earlier than it did: nobody waits for its minutes."""
    since, key = (datetime.now(UTC) - ago).strftime("%Y-%m-%d %H:%M:%S.%f"), UUID(case.rpartition("/")[2]).hex
    with closing(sqlite3.connect(served.folder / "curbside.db", timeout=10)) as database, database:
        database.execute("UPDATE consult SET accepted_at = ? WHERE id = ?", [since, key])
        stays = "UPDATE seat_stay SET came_at = ? WHERE room_id = (SELECT room_id FROM consult WHERE id = ?)"
        database.execute(stays, [since, key])


def test_a_consult_in_a_visit_rings_is_talked_over_and_answered_and_becomes_a_task_and_a_code(
    pcp: Page, patient: Page, psychiatrist: Page, served: Served
) -> None:
    sit_down(psychiatrist, "psychiatrist")
    meet(pcp, patient)
    case = ask_in_visit(pcp)
    accept(psychiatrist)
    all_see_all({DOCTOR: pcp, PATIENT: patient, SPECIALIST: psychiatrist})
    expect(pcp.get_by_role("heading", name=f"{SPECIALIST} took it")).to_be_visible()
    expect(psychiatrist.get_by_text("Increase, or switch?")).to_be_in_viewport()
    psychiatrist.get_by_role("button", name="Leave").click()
    expect(psychiatrist.get_by_role("link", name="Write the answer")).to_be_visible()

    post(psychiatrist, f"{case}/answer/sign", **ADVICE, version="0")
    theirs = pcp.context.new_page()
    theirs.goto("/today")
    follow(theirs, theirs.get_by_role("region", name="Answers for you").get_by_role("link", name="Adult psychiatry"))
    follow(theirs, theirs.get_by_role("button", name=f"Accept: {SECRET_ADVICE}"))
    follow(theirs, theirs.get_by_role("link", name="Task", exact=True))
    expect(theirs.get_by_role("heading", name=f"Medication: {SECRET_ADVICE} 150 mg")).to_be_visible()

    begun(served, case, timedelta(minutes=6, seconds=20))
    theirs.goto(f"{case}/time")
    code = theirs.get_by_role("region", name="Code 99446")
    expect(code.get_by_text("Mostly discussion: 6 of 6 minutes")).to_be_visible()
    expect(code.get_by_text("There is a written report")).to_be_visible()


def test_two_clinicians_talk_about_a_patient_whom_nobody_names(pcp: Page, psychiatrist: Page) -> None:
    sit_down(pcp)
    sit_down(psychiatrist, "psychiatrist")
    pcp.get_by_role("link", name="Request consult").click()
    fill_in(pcp)
    pcp.get_by_role("button", name="Ask now").click()
    expect(pcp.get_by_role("heading", name=f"Ringing {SPECIALIST}")).to_be_visible()
    accept(psychiatrist)  # and who asked, and watches it ring, is taken into the talk
    for page, other in ((pcp, SPECIALIST), (psychiatrist, DOCTOR)):
        wait_for_frames(page, remote_video(page, other), 5)
    expect(psychiatrist.get_by_text("Increase, or switch?")).to_be_visible()


def test_who_is_writing_when_somebody_accepts_is_not_torn_away(pcp: Page, psychiatrist: Page) -> None:
    sit_down(pcp)
    sit_down(psychiatrist, "psychiatrist")
    pcp.get_by_role("link", name="Request consult").click()
    fill_in(pcp)
    pcp.get_by_role("button", name="Ask now").click()
    message = pcp.get_by_label("Your message")
    message.fill("One more thing:")
    accept(psychiatrist)
    expect(pcp.get_by_role("link", name="Join the talk")).to_be_visible()
    expect(message).to_have_value("One more thing:")


def test_a_talk_that_was_asked_for_by_chat_opens_no_camera(pcp: Page, psychiatrist: Page) -> None:
    sit_down(pcp)
    sit_down(psychiatrist, "psychiatrist")
    pcp.get_by_role("link", name="Request consult").click()
    fill_in(pcp)
    pcp.get_by_text("Chat", exact=True).click()
    pcp.get_by_role("button", name="Ask now").click()
    expect(pcp.get_by_role("heading", name=f"Ringing {SPECIALIST}")).to_be_visible()
    accept(psychiatrist)
    psychiatrist.get_by_placeholder("Write a message").fill("What dose now?")
    psychiatrist.keyboard.press("Enter")
    expect(pcp.get_by_text("What dose now?")).to_be_visible()
    for page in (pcp, psychiatrist):
        for name in ("Mute", "Stop camera"):
            expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


def test_the_pages_of_a_consult_are_for_everybody(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as theirs, person(clinic_chromium, served.url, PHONE) as ours:
        pcp, psychiatrist = with_axe(theirs), with_axe(ours)
        enter(pcp)
        pcp.goto("/consults/new")
        look(pcp)
        follow(pcp, pcp.get_by_role("button", name="Ask now"))
        look(pcp)
        fill_in(pcp)
        follow(pcp, pcp.get_by_role("button", name="Ask now"))
        look(pcp)
        sit_down(psychiatrist, "psychiatrist")
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
