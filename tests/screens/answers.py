"""Pictures of a written consult: its thread, taking it, writing and signing the answer, and deciding on it."""

import re

from playwright.sync_api import Page

from tests.e2e.journey import new_visit, sign_in
from tests.e2e.test_accessibility import follow
from tests.e2e.test_consult import fill_in
from tests.screens.camera import Camera
from tests.screens.site import served


def take(camera: Camera) -> None:
    """Take them."""
    with (
        served(camera.folder / "answers") as site,
        camera.clinic_side(site.url) as ours,
        camera.clinic_side(site.url) as theirs,
    ):
        pcp, brandt = ours.new_page(), theirs.new_page()
        sign_in(pcp)
        new_visit(pcp)
        case = _ask(pcp)
        sign_in(brandt, "Psychiatrist")
        brandt.goto(f"{case}/thread")
        camera.take(brandt, "written-thread")
        follow(brandt, brandt.get_by_role("button", name="Take this case"))
        _answer(camera, brandt)
        pcp.goto(f"{case}/answer")
        camera.take(pcp, "answer-to-decide")
        follow(pcp, pcp.get_by_role("button", name="Accept: Bupropion XL"))
        pcp.get_by_text("Modify or decline").first.click()
        pcp.get_by_role("button", name=re.compile("^Decline")).first.click()
        camera.take(pcp, "answer-decided")
        pcp.goto(case)
        pcp.get_by_role("heading", name="Written messages").wait_for()
        camera.take(pcp, "written-case")


def _ask(page: Page) -> str:
    """Ask in writing about the patient, and attach a file; gives the address of the case."""
    page.goto("/patients?q=alvarez")
    follow(page, page.get_by_role("link", name=re.compile("Alvarez")).first)
    follow(page, page.get_by_role("link", name="Request consult").first)
    fill_in(page)
    page.get_by_label("agrees to this consult").check()
    page.get_by_text("Written", exact=True).click()
    page.get_by_role("button", name="Ask now").click()
    page.get_by_role("heading", name="Written messages").wait_for()
    page.get_by_label("Your message").fill("Here is her last ECG.")
    page.get_by_label("Pictures or PDF files").set_input_files(
        {"name": "ecg.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    follow(page, page.get_by_role("button", name="Send"))
    return page.url


def _answer(camera: Camera, page: Page) -> None:
    page.get_by_role("heading", name="Written messages").wait_for()
    follow(page, page.get_by_role("link", name="Write the answer"))
    page.get_by_label("What you make of it").fill("A partial response to an SSRI; no sign of bipolarity.")
    for kind in ("Medication", "Follow-up"):
        follow(page, page.get_by_role("button", name=kind))
    page.get_by_label("Medication", exact=True).fill("Bupropion XL")
    page.get_by_label("How often").fill("every morning")
    page.get_by_label("What you advise").fill("PHQ-9")
    page.get_by_label("In how many days").fill("28")
    follow(page, page.get_by_role("button", name="Sign answer"))
    camera.take(page, "answer-errors")
    page.get_by_label("Dose").fill("150 mg")
    follow(page, page.get_by_role("button", name="Sign answer"))
