"""The whole visit with Debian's Firefox on one side and Chromium on the other: whichever is whose."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browsers import DESKTOP, PHONE, person
from tests.e2e.firefox import Fox, fox_person, is_firefox
from tests.e2e.journey import DOCTOR, PATIENT, Call, meet, read, remote_video, wait_for_frames, wait_for_sound, write
from tests.e2e.served import Served


@pytest.fixture(params=["patient", pytest.param("clinician", marks=pytest.mark.long)])
def call(request: pytest.FixtureRequest, fox: Fox, patient_chromium: Browser, own_served: Served) -> Iterator[Call]:
    """Bring both into a call, with Firefox as the one and Chromium as the other."""
    url = own_served.url
    with ExitStack() as opened:
        if request.param == "patient":
            pcp = opened.enter_context(person(patient_chromium, url)).new_page()
            patient = opened.enter_context(fox_person(fox.bidi, url, PHONE))
        else:
            pcp = opened.enter_context(fox_person(fox.bidi, url, DESKTOP))
            patient = opened.enter_context(person(patient_chromium, url, PHONE)).new_page()
        yield meet(pcp, patient)


def in_firefox(call: Call) -> tuple[Page, str, Page, str]:
    """Give Firefox's page, the name of its person, the other page, and the name of that one."""
    if is_firefox(call.pcp):
        return call.pcp, DOCTOR, call.patient, PATIENT
    return call.patient, PATIENT, call.pcp, DOCTOR


def test_a_whole_visit_between_firefox_and_chromium_survives_the_server_and_the_line(
    call: Call, own_served: Served, fox: Fox
) -> None:
    ours, me, theirs, other = in_firefox(call)
    see_and_hear(call)
    talk(ours, theirs, "My dog may bark", "Mine too")
    mute_and_show_it(ours, theirs, me)

    own_served.kill()
    ours.locator("#notice").get_by_text("Reconnecting").wait_for()
    wait_for_frames(ours, remote_video(ours, other))
    wait_for_frames(theirs, remote_video(theirs, me))
    write(ours, "Are you still there?")
    own_served.start()
    read(theirs, "Are you still there?")

    with fox.silenced():
        theirs.locator("#notice").get_by_text("Reconnecting").wait_for()
        write(theirs, "I hear you")
    read(ours, "I hear you")
    ours.reload()
    wait_for_frames(ours, remote_video(ours, other))  # first: a new link begins to count the other side's frames anew
    see_and_hear(call)
    talk(ours, theirs, "Back again", "Good")

    call.pcp.get_by_role("button", name="End visit").click()
    call.pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()
    call.patient.get_by_role("heading", name="Your visit is over").wait_for()
    call.pcp.get_by_text("The visit is over").wait_for()
    assert not any(page.locator(f'video[aria-label="{name}"]').is_visible() for page, name in call.sides)


def see_and_hear(call: Call) -> None:
    """Wait until pictures move and sound is heard on both sides."""
    for page, name in call.sides:
        selector = remote_video(page, name)
        wait_for_frames(page, selector)
        wait_for_sound(page, selector)


def talk(ours: Page, theirs: Page, said: str, answered: str) -> None:
    """Write and read in both directions."""
    write(ours, said)
    read(theirs, said)
    write(theirs, answered)
    read(ours, answered)


def mute_and_show_it(ours: Page, theirs: Page, me: str) -> None:
    """Mute and stop the camera, see that the other side is told, and undo both."""
    mute, stop = (ours.get_by_role("button", name=name) for name in ("Mute", "Stop camera"))
    mute.click()
    stop.click()
    tile = theirs.locator(f'.tile:has(video[aria-label="{me}"])')
    tile.get_by_text("Camera off").wait_for()
    theirs.wait_for_selector(f'.tile:has(video[aria-label="{me}"]) .muted:not([hidden])')
    mute.click()
    stop.click()
    wait_for_frames(theirs, remote_video(theirs, me))
