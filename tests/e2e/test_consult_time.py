"""The minutes of a consult between two browsers, and the pages around them: inbox, time, reports, case conferences."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import sign_in_as_administrator
from tests.e2e.served import Served
from tests.e2e.short_way import enter, sit_down
from tests.e2e.test_accessibility import follow, look, with_axe
from tests.e2e.test_consult import accept, fill_in


def the_case(page: Page) -> None:
    """Open the newest case from the inbox."""
    page.goto("/consults")
    follow(page, page.get_by_role("main").get_by_role("link", name="Adult psychiatry").first)


def a_meeting(page: Page) -> None:
    """Set up a meeting of the two."""
    page.goto("/meetings/new")
    page.get_by_label("What it is called").fill("Case conference")
    page.get_by_label(re.compile("Okafor")).check()
    page.get_by_label(re.compile("Brandt")).check()
    page.get_by_label("Day", exact=True).fill((datetime.now(UTC) + timedelta(days=9)).date().isoformat())
    page.get_by_label("Time", exact=True).fill("12:00")
    follow(page, page.get_by_role("button", name="Set up the meeting"))


def test_minutes_of_a_consult_are_corrected_decided_on_and_reported(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as theirs, person(clinic_chromium, served.url, PHONE) as ours:
        pcp, psychiatrist = with_axe(theirs), with_axe(ours)
        enter(pcp)
        sit_down(psychiatrist, "psychiatrist")
        pcp.goto("/consults/new")
        fill_in(pcp)
        follow(pcp, pcp.get_by_role("button", name="Ask now"))
        accept(psychiatrist)
        psychiatrist.wait_for_url("**/call")
        the_case(psychiatrist)
        with psychiatrist.expect_response("**/reading"):
            psychiatrist.reload()
        expect(psychiatrist.get_by_text(re.compile("Discussion .* review"))).to_be_visible()
        follow(psychiatrist, psychiatrist.get_by_role("link", name="Time and codes"))
        entry = psychiatrist.get_by_role("form", name="Enter a time")
        follow(psychiatrist, entry.get_by_role("button", name="Keep this time"))
        expect(psychiatrist.get_by_text("Say why you change the time.")).to_be_visible()
        look(psychiatrist)
        for name, value in (("From", "00:00"), ("Minutes", "0"), ("Why", "Asked back by telephone")):
            entry.get_by_label(name).fill(value)
        follow(psychiatrist, entry.get_by_role("button", name="Keep this time"))
        expect(psychiatrist.get_by_text("Asked back by telephone")).to_be_visible()
        psychiatrist.goto("/consults")
        look(psychiatrist)
        a_meeting(pcp)
        follow(pcp, pcp.get_by_role("link", name="Cases of the meeting"))
        follow(pcp, pcp.get_by_role("button", name=re.compile("^Add ")).first)
        look(pcp)
        pcp.get_by_label("What was decided").fill("Taper over two weeks")
        follow(pcp, pcp.get_by_role("button", name=re.compile("^Sign decision")))
        expect(pcp.get_by_text("Taper over two weeks")).to_be_visible()
        pcp.goto("/reports/consults")
        look(pcp)


def test_reports_on_consults_are_for_everybody(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as context:
        page = with_axe(context)
        sign_in_as_administrator(page)
        page.goto("/reports/consults")
        expect(page.get_by_role("heading", name="Reports on consults", level=1)).to_be_visible()
        look(page)
