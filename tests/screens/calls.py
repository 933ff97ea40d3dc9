"""Pictures of a call, on both sides, and of what a patient meets after it."""

import re

from playwright.sync_api import expect

from tests.e2e.journey import enter_waiting_room, new_visit, remote_video, sign_in, wait_for_frames
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
        pcp.get_by_role("button", name=re.compile("^Admit")).click()
        wait_for_frames(guest, remote_video(guest, "Dr. R. Okafor"))
        wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"))
        camera.take(pcp, "call")
        camera.take(guest, "call-patient")
        pcp.get_by_role("button", name="End visit").click()
        camera.take(pcp, "call-ending")
        pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()
        expect(guest.get_by_role("heading", name="Your visit is over")).to_be_visible()
        camera.take(guest, "closed")
        camera.take(pcp, "visit-finished")
        guest.get_by_role("link", name="Make an account").click()
        guest.get_by_role("button", name="Send me the mail").click()
        camera.take(guest, "portal-ask-errors")
