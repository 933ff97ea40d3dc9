"""Accept over a bad line: who is told that they took a consult is in the talk, and no press is lost for good."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.e2e.browsers import person
from tests.e2e.journey import DOCTOR, remote_video, wait_for_frames
from tests.e2e.served import Served
from tests.e2e.short_way import sit_down
from tests.e2e.test_consult import accept, fill_in

ACCEPT = "**/consults/*/accept"
AWAY = "No connection, and no answer yet. Press Accept again"


@pytest.fixture
def psychiatrist(clinic_chromium: Browser, served: Served) -> Iterator[Page]:
    """Open the psychiatrist's page, at desktop width."""
    with person(clinic_chromium, served.url) as context:
        page = context.new_page()
        sit_down(page, "psychiatrist")
        yield page


def ask(pcp: Page) -> None:
    """Ask about a patient whom nobody names."""
    sit_down(pcp)
    pcp.get_by_role("link", name="Request consult").click()
    fill_in(pcp)
    pcp.get_by_role("button", name="Ask now").click()


def line_lost(route: Route) -> None:
    """Lose a request before it comes to the server."""
    route.abort()


def answer_lost(route: Route) -> None:
    """Let the server take a request, and lose its answer."""
    route.fetch()
    route.abort()


@pytest.mark.parametrize("lose", [line_lost, answer_lost])
def test_a_press_that_is_lost_once_is_sent_again_and_both_meet(
    pcp: Page, psychiatrist: Page, lose: Callable[[Route], None]
) -> None:
    psychiatrist.route(ACCEPT, lose, times=1)
    ask(pcp)
    accept(psychiatrist)
    wait_for_frames(psychiatrist, remote_video(psychiatrist, DOCTOR), 3)
    expect(psychiatrist).to_have_url(pcp.url)


def test_while_the_line_is_away_the_button_works_and_says_so(pcp: Page, psychiatrist: Page) -> None:
    psychiatrist.route(ACCEPT, line_lost)
    ask(pcp)
    accept(psychiatrist)
    ringing = psychiatrist.get_by_role("alertdialog", name="Consult ringing")
    expect(ringing.get_by_text(AWAY)).to_be_visible()
    expect(pcp.get_by_role("button", name="Stop ringing")).to_be_visible()
    psychiatrist.unroute(ACCEPT)
    accept(psychiatrist)
    wait_for_frames(psychiatrist, remote_video(psychiatrist, DOCTOR), 3)


def take_back(pcp: Page, psychiatrist: Page) -> None:
    """Take back what rings, and wait until it is gone from where it rang."""
    pcp.get_by_role("button", name="Stop ringing").click()
    expect(psychiatrist.get_by_role("alertdialog", name="Consult ringing")).to_be_hidden()


def test_who_is_too_late_reads_it_also_when_the_ring_is_gone_by_then(pcp: Page, psychiatrist: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    psychiatrist.route(ACCEPT, hold)
    ask(pcp)
    accept(psychiatrist)
    take_back(pcp, psychiatrist)
    psychiatrist.unroute(ACCEPT)
    with suppress(Error):  # on a slow machine it was given up by now, and the next one is on its way
        held[-1].continue_()
    expect(psychiatrist.get_by_role("heading", name="This consult does not ring any more")).to_be_visible()


def test_the_next_ring_says_nothing_of_a_line_that_was_away_before(pcp: Page, psychiatrist: Page) -> None:
    psychiatrist.route(ACCEPT, line_lost)
    tries = iter(range(3))
    ask(pcp)
    with psychiatrist.expect_event("requestfailed", lambda _: next(tries) == 2):
        accept(psychiatrist)
        take_back(pcp, psychiatrist)
    ask(pcp)
    expect(psychiatrist.get_by_role("alertdialog", name="Consult ringing")).to_be_visible()
    expect(psychiatrist.get_by_text(AWAY)).to_be_hidden()
    take_back(pcp, psychiatrist)


def test_without_the_script_the_form_leads_into_the_talk(pcp: Page, psychiatrist: Page) -> None:
    psychiatrist.route("**/consults/accepting.js", line_lost)
    psychiatrist.goto("/consults")
    ask(pcp)
    psychiatrist.reload()
    psychiatrist.get_by_role("button", name=f"Accept: consult of {DOCTOR}").click()
    wait_for_frames(psychiatrist, remote_video(psychiatrist, DOCTOR), 3)
    expect(psychiatrist).to_have_url(pcp.url)
