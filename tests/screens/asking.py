"""Pictures of a consult that rings: asking, waiting, the dialog at the specialist, the talk, and one that is missed."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.journey import enter_waiting_room, new_visit, remote_video, sign_in, start_and_admit, wait_for_frames
from tests.e2e.test_accessibility import follow
from tests.e2e.test_consult import accept, fill_in
from tests.screens.camera import Camera
from tests.screens.site import Site, served

SPECIALIST = "Dr. L. Brandt"


def take(camera: Camera) -> None:
    """Take them."""
    with (
        served(camera.folder / "asking") as site,
        camera.clinic_side(site.url) as ours,
        camera.clinic_side(site.url) as theirs,
        camera.patient_side(site.url) as home,
    ):
        pcp, brandt = ours.new_page(), theirs.new_page()
        sign_in(pcp)
        sheet, link = new_visit(pcp)
        _ask(camera, pcp)
        _ring(camera, site, pcp, brandt)
        _miss(camera, site, pcp, brandt)
        _beside_a_call(camera, pcp, home.new_page(), sheet, link)


def _ask(camera: Camera, pcp: Page) -> None:
    """Take the form as it comes, and with what is missing; ask."""
    pcp.goto("/patients?q=alvarez")
    follow(pcp, pcp.get_by_role("link", name=re.compile("Alvarez")).first)
    follow(pcp, pcp.get_by_role("link", name="Request consult").first)
    camera.take(pcp, "consult-ask")
    follow(pcp, pcp.get_by_role("button", name="Ask now"))
    camera.take(pcp, "consult-ask-errors")
    fill_in(pcp)
    pcp.get_by_label("agrees to this consult").check()


def _ring(camera: Camera, site: Site, pcp: Page, brandt: Page) -> None:
    """Take both sides while it rings, and after the specialist has accepted."""
    sign_in(brandt, "Psychiatrist")
    brandt.get_by_role("button", name="Go off duty").wait_for()
    follow(pcp, pcp.get_by_role("button", name="Ask now"))
    expect(pcp.get_by_role("heading", name=f"Ringing {SPECIALIST}")).to_be_visible()
    _settled(pcp)
    camera.take(pcp, "consult-ringing")
    brandt.get_by_role("alertdialog", name="Consult ringing").get_by_role("button", name="Accept").wait_for()
    camera.take(brandt, "incoming")
    site.clock.pass_(seconds=18)
    accept(brandt)
    brandt.wait_for_url("**/call")
    pcp.wait_for_url("**/call")
    for page, other in ((pcp, SPECIALIST), (brandt, "Dr. R. Okafor")):
        wait_for_frames(page, remote_video(page, other), 5)
    brandt.get_by_text("Good", exact=True).wait_for()
    camera.take(brandt, "consult-talk")
    brandt.get_by_role("button", name="End talk").click()
    brandt.get_by_role("dialog").get_by_role("button", name="End talk").click()
    brandt.wait_for_url(re.compile("/consults/[^/]+$"))
    pcp.goto(brandt.url)
    expect(pcp.get_by_role("heading", name=f"{SPECIALIST} took it")).to_be_visible()
    _settled(pcp)
    camera.take(pcp, "consult-taken")


def _miss(camera: Camera, site: Site, pcp: Page, brandt: Page) -> None:
    """Let one ring that nobody answers; take what is left of it at the specialist and at the doctor."""
    brandt.goto("/today")
    pcp.goto("/consults/new")
    fill_in(pcp)
    follow(pcp, pcp.get_by_role("button", name="Ask now"))
    live = pcp.locator(".ladder .live")
    expect(live).to_contain_text(SPECIALIST)
    brandt.get_by_role("alertdialog", name="Consult ringing").wait_for()
    site.clock.pass_(seconds=46)
    expect(live).to_contain_text("Everyone")
    site.clock.pass_(seconds=61)
    expect(pcp.get_by_text("Round 2 of 2")).to_be_visible()
    brandt.get_by_role("button", name="Call back").first.wait_for()
    camera.take(brandt, "missed-ringing")
    site.clock.pass_(seconds=46)
    expect(live).to_contain_text("Everyone")
    site.clock.pass_(seconds=61)
    expect(pcp.get_by_role("heading", name="A written consult")).to_be_visible()
    expect(brandt.get_by_role("alertdialog")).to_be_hidden()
    expect(brandt.locator("#missed-rings .tip").first).to_be_visible()
    camera.take(brandt, "missed")
    _settled(pcp)
    camera.take(pcp, "consult-nobody")


def _beside_a_call(camera: Camera, pcp: Page, guest: Page, sheet: str, link: str) -> None:
    """Take the part of a running call that asks."""
    enter_waiting_room(guest, link)
    start_and_admit(pcp, sheet)
    wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"))
    pcp.get_by_role("tab", name="Consult").click()
    pcp.get_by_role("link", name="Request consult").wait_for()
    camera.take(pcp, "call-consult")
    pcp.get_by_role("link", name="Request consult").click()
    pcp.get_by_role("button", name="Ask now").wait_for()
    camera.take(pcp, "call-consult-ask")


def _settled(page: Page) -> None:
    """Wait until the parts of a case's page that load by themselves have come."""
    page.get_by_role("heading", name="Written messages").wait_for()
    page.get_by_role("link", name="Time and codes").wait_for()
