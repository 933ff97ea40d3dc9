"""What goes wrong on a patient's phone: each ends in a page that says what to do, and none of it stops the visit."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.e2e.browsers import INSIDE_AN_APP, PHONE, chromium, person
from tests.e2e.journey import confirm, new_visit, prove, sign_in
from tests.e2e.served import Served
from tests.e2e.short_way import enter, go_to_check, visit_now


@pytest.fixture
def link(pcp: Page) -> str:
    """Give the link of a new visit."""
    enter(pcp)
    return visit_now(pcp)[1]


@pytest.fixture
def context(patient_chromium: Browser, served: Served) -> Iterator[BrowserContext]:
    """Open the patient's phone, without a page yet."""
    with person(patient_chromium, served.url, PHONE) as opened:
        yield opened


def at_the_check(context: BrowserContext, link: str, script: str) -> Page:
    """Go to the device check in a browser that a script has changed."""
    context.add_init_script(script)
    page = context.new_page()
    go_to_check(page, link)
    return page


def fails_with(error: str) -> str:
    """Make every camera and microphone request fail as browsers say it."""
    return f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '{error}'))"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "Turn Camera and Microphone on"),
        ("NotFoundError", "[Nn]o camera"),
        ("NotReadableError", "[Cc]lose"),
    ],
)
def test_without_a_camera_the_page_says_what_to_do_and_lets_the_patient_in_all_the_same(
    context: BrowserContext, link: str, error: str, words: str
) -> None:
    page = at_the_check(context, link, fails_with(error))

    expect(page.locator("#check-problems").get_by_text(re.compile(words)).first).to_be_visible()
    page.get_by_role("button", name="Join visit").click()
    expect(page.get_by_role("heading", name="You are in the waiting room")).to_be_visible()


def test_a_browser_without_video_calls_is_told_which_one_to_use(context: BrowserContext, link: str) -> None:
    page = at_the_check(context, link, "delete window.RTCPeerConnection")

    expect(page.get_by_role("heading", name="This browser cannot make video calls")).to_be_visible()
    expect(page.get_by_role("link", name="406-555-0142").first).to_be_visible()


def test_an_address_without_tls_explains_itself(playwright: Playwright, tmp_path: Path) -> None:
    # a name that is not loopback to the browser, and still leads to this machine
    server = Served(tmp_path / "var", name="clinic.test")
    server.start()
    try:
        with (
            chromium(playwright, "--host-resolver-rules=MAP clinic.test 127.0.0.1") as browser,
            person(browser, server.url, PHONE) as ours,
            person(browser, server.url, PHONE) as theirs,
        ):
            pcp, page = ours.new_page(), theirs.new_page()
            sign_in(pcp)  # by clicks: only this browser knows the name
            prove(page, new_visit(pcp)[1])
            confirm(page)
            expect(page.get_by_role("heading", name="This address is not secure")).to_be_visible()
            expect(page.get_by_role("link", name="406-555-0142").first).to_be_visible()
    finally:
        server.stop()


def test_the_browser_inside_an_app_is_sent_to_the_real_one_before_anything_is_spent(
    patient_chromium: Browser, served: Served, link: str
) -> None:
    with person(patient_chromium, served.url, PHONE, user_agent=INSIDE_AN_APP) as inside:
        page = inside.new_page()
        page.goto(link)
        expect(page.get_by_role("heading", name="Please open this in your browser")).to_be_visible()
        expect(page.get_by_text("Open in Safari")).to_be_visible()
    with person(patient_chromium, served.url, PHONE) as outside:
        page = outside.new_page()
        prove(page, link)
        expect(page.get_by_role("heading", name="Before we start")).to_be_visible()


def test_a_spanish_speaker_reads_spanish_from_the_first_page_on(
    patient_chromium: Browser, served: Served, link: str
) -> None:
    with person(patient_chromium, served.url, PHONE, locale="es-US") as opened:
        page = opened.new_page()
        page.goto(link)
        page.get_by_role("button", name="Español").click()
        expect(page.locator("html")).to_have_attribute("lang", "es")
        expect(page.get_by_role("button", name="Continuar")).to_be_visible()
