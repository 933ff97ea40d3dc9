"""Pictures around a consult: the inbox, its minutes and codes, reports, case conferences, and ways to be reached."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.e2e.journey import sign_in, sign_in_as_administrator
from tests.e2e.test_accessibility import follow
from tests.e2e.test_consult import accept, fill_in
from tests.screens.camera import Camera
from tests.screens.site import Site, served


def take(camera: Camera) -> None:
    """Take them."""
    with (
        served(camera.folder / "inbox") as site,
        camera.clinic_side(site.url) as ours,
        camera.clinic_side(site.url) as theirs,
    ):
        theirs.grant_permissions(["notifications"])
        pcp, brandt = ours.new_page(), theirs.new_page()
        sign_in(pcp)
        sign_in(brandt, "Psychiatrist")
        _talk(site, pcp, brandt)
        _ask_in_writing(pcp)
        _inboxes(camera, pcp, brandt)
        _time(camera, brandt)
        _conference(camera, site, pcp)
        brandt.goto("/account/notifications")
        brandt.get_by_role("button", name="Turn on notifications").wait_for()
        camera.take(brandt, "notifications")
        with camera.clinic_side(site.url) as context:
            page = context.new_page()
            sign_in_as_administrator(page)
            page.goto("/reports/consults")
            camera.take(page, "reports-consults")


def _talk(site: Site, pcp: Page, brandt: Page) -> None:
    """Have a consult that rang, was taken, talked about for twelve minutes, and ended."""
    pcp.goto("/consults/new")
    fill_in(pcp)
    follow(pcp, pcp.get_by_role("button", name="Ask now"))
    site.clock.pass_(seconds=24)
    accept(brandt)
    brandt.wait_for_url("**/call")
    pcp.wait_for_url("**/call")
    brandt.locator('video[aria-label="Dr. R. Okafor"]').wait_for(state="attached")
    site.clock.pass_(minutes=12)
    brandt.get_by_role("button", name="End talk").click()
    brandt.get_by_role("dialog").get_by_role("button", name="End talk").click()
    for page in (brandt, pcp):
        page.wait_for_url(re.compile("/consults/[^/]+$"))


def _ask_in_writing(pcp: Page) -> None:
    pcp.goto("/consults/new")
    fill_in(pcp)
    pcp.get_by_text("Written", exact=True).click()
    follow(pcp, pcp.get_by_role("button", name="Ask now"))
    pcp.get_by_role("heading", name="A written consult").wait_for()


def _inboxes(camera: Camera, pcp: Page, brandt: Page) -> None:
    pcp.goto("/consults")
    camera.take(pcp, "inbox")
    for box in ("mine", "group", "missed"):
        brandt.goto(f"/consults?box={box}")
        brandt.get_by_role("heading", name="To take").wait_for()
        camera.take(brandt, f"inbox-{box}")


def _time(camera: Camera, brandt: Page) -> None:
    """Take the minutes of the talk, and a time entered without a reason."""
    brandt.goto("/consults")
    follow(brandt, brandt.locator("#inbox").get_by_role("link", name="Adult psychiatry"))
    follow(brandt, brandt.get_by_role("link", name="Time and codes"))
    camera.take(brandt, "consult-time")
    follow(brandt, brandt.get_by_role("button", name="Keep this time").last)
    camera.take(brandt, "consult-time-errors")


def _conference(camera: Camera, site: Site, pcp: Page) -> None:
    """Take the cases of a meeting: one to decide on, one decided."""
    pcp.goto("/meetings/new")
    pcp.get_by_label("What it is called").fill("Case conference")
    for name in ("Okafor", "Brandt"):
        pcp.get_by_label(re.compile(name)).check()
    pcp.get_by_label("Day", exact=True).fill((site.clock() + timedelta(days=9)).date().isoformat())
    pcp.get_by_label("Time", exact=True).fill("12:00")
    follow(pcp, pcp.get_by_role("button", name="Set up the meeting"))
    follow(pcp, pcp.get_by_role("link", name="Cases of the meeting"))
    for _ in range(2):
        follow(pcp, pcp.get_by_role("button", name=re.compile("^Add ")).first)
    pcp.get_by_label("What was decided").first.fill("Taper over two weeks; PHQ-9 at week 4.")
    follow(pcp, pcp.get_by_role("button", name=re.compile("^Sign decision")).first)
    expect(pcp.get_by_text("Taper over two weeks")).to_be_visible()
    camera.take(pcp, "conference")
