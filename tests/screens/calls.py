"""Pictures of a call, on both sides, of being called instead, of a third person asked in, and of what comes after."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.journey import ask_in, enter_waiting_room, new_visit, remote_video, sign_in, wait_for_frames
from tests.screens.camera import Camera
from tests.screens.site import served


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "calls") as site:
        _call_pages(camera, site.url)


def _call_pages(camera: Camera, url: str) -> None:
    with (
        camera.clinic_side(url) as ours,
        camera.patient_side(url) as theirs,
    ):
        pcp, guest = ours.new_page(), theirs.new_page()
        sign_in(pcp)
        sheet, link = new_visit(pcp)
        enter_waiting_room(guest, link)
        pcp.goto("/today")
        pcp.get_by_role("button", name=re.compile("^Admit")).wait_for()
        camera.take(pcp, "today-waiting")
        pcp.goto(f"{sheet}/call")
        pcp.get_by_role("button", name=re.compile("^Admit")).wait_for()
        pcp.wait_for_function("() => document.querySelector('#self video')?.readyState >= 2")
        camera.take(pcp, "call-waiting")
        _called_instead(camera, pcp, guest)
        pcp.get_by_role("button", name=re.compile("^Admit")).click()
        wait_for_frames(guest, remote_video(guest, "Dr. R. Okafor"))
        wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"))
        camera.take(pcp, "call")
        camera.take(guest, "call-patient")
        _asked_in(camera, pcp, url)
        _troubles(camera, guest)
        pcp.get_by_role("button", name="End visit").click()
        camera.take(pcp, "call-ending")
        pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()
        expect(guest.get_by_role("heading", name="Your visit is over")).to_be_visible()
        camera.take(guest, "closed")
        camera.take(pcp, "visit-finished")
        guest.get_by_role("link", name="Make an account").click()
        guest.get_by_role("button", name="Send me the mail").click()
        camera.take(guest, "portal-ask-errors")


def _called_instead(camera: Camera, pcp: Page, guest: Page) -> None:
    """Take the patient who would rather be called, and the doctor who reads it, calls, and is done."""
    guest.get_by_role("link", name="Call me instead").first.click()
    dialog = guest.get_by_role("dialog", name="Call me instead")
    dialog.get_by_role("button", name="Ask to be called").wait_for()
    camera.take(guest, "call-me")
    dialog.get_by_role("button", name="Ask to be called").click()
    pcp.get_by_role("button", name=re.compile("^I will call")).wait_for()
    camera.take(pcp, "call-called")
    pcp.get_by_role("button", name=re.compile("^I will call")).click()
    dialog.get_by_text("will call you at").wait_for()
    camera.take(guest, "call-me-taken")
    dialog.get_by_role("button", name="Close").click()
    pcp.get_by_role("button", name=re.compile("^Done:")).click()
    expect(pcp.get_by_text("asks to be called")).to_have_count(0)


def _asked_in(camera: Camera, pcp: Page, url: str) -> None:
    """Take the part that asks a colleague in, and what the colleague reads elsewhere."""
    with camera.clinic_side(url) as theirs:
        psychiatrist = theirs.new_page()
        sign_in(psychiatrist, "Psychiatrist")
        ask_in(pcp, "Brandt")
        camera.take(pcp, "call-asked-in")
        psychiatrist.get_by_role("link", name="Join the visit with M. Alvarez").wait_for()
        camera.take(psychiatrist, "today-asked-in")
        pcp.get_by_role("button", name="Take back: Dr. L. Brandt").click()
        psychiatrist.get_by_text("does not need you any more").wait_for()
        camera.take(psychiatrist, "today-taken-back")


def _troubles(camera: Camera, guest: Page) -> None:
    """Take the calm lines about the connection and the devices, and the window in which the call is not."""
    for name, key, place in (
        ("reconnecting", "reconnectingAll", "notice"),
        ("video-paused", "videoPaused", "notice"),
        ("tap-to-resume", "camera-interrupted", "device-notice"),
    ):
        guest.evaluate(SAY, [key, place])
        camera.take(guest, f"call-{name}")
        guest.evaluate("() => document.querySelector('[data-drawn]').remove()")
    second = guest.context.new_page()
    second.goto("/visit")
    second.get_by_role("button", name="Move the call here").wait_for()
    camera.take(second, "call-elsewhere")
    second.close()


# Puts one of the page's sentences where its script puts them, in a copy that the script does not take away again.
SAY = """([key, place]) => {
  const line = document.getElementById(place).cloneNode(true);
  line.removeAttribute("id");
  line.dataset.drawn = "";
  line.hidden = false;
  line.querySelector("[data-word]").textContent = JSON.parse(document.getElementById("call-words").textContent)[key];
  line.querySelector("button").hidden = key.startsWith("reconnecting");
  document.getElementById("notice-place").append(line);
}"""
