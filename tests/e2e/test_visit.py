"""A patient and a clinician meet: the whole visit, in two browser processes with real media.

One call serves all but the last: each leaves it as it was, and the one that ends it comes after them.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsers import DESKTOP, PHONE, person
from tests.e2e.journey import (
    DOCTOR,
    PATIENT,
    Call,
    meet,
    read,
    remote_video,
    wait_for_frames,
    wait_for_sound,
    write,
)
from tests.e2e.served import Served

CAMERA = "() => document.querySelector('#self video').srcObject?.getVideoTracks()[0]?.getSettings().deviceId"


@pytest.fixture(scope="module")
def call(clinic_chromium: Browser, patient_chromium: Browser, served: Served) -> Iterator[Call]:
    """Bring both into a call in which pictures move."""
    with person(clinic_chromium, served.url) as ours, person(patient_chromium, served.url, PHONE) as theirs:
        yield meet(ours.new_page(), theirs.new_page())


def test_what_one_writes_the_other_reads_and_both_see_it_delivered(call: Call) -> None:
    write(call.patient, "My dog may bark")
    read(call.pcp, "My dog may bark")
    write(call.pcp, "Mine too")
    read(call.patient, "Mine too")

    expect(call.patient.get_by_text("Delivered")).to_be_visible()
    expect(call.patient.get_by_text("Sending")).to_have_count(0)


def test_a_shared_screen_arrives_and_goes_away_again(call: Call) -> None:
    share = call.pcp.get_by_role("button", name="Share screen")
    share.click()
    screen = remote_video(call.patient, f"Screen of {DOCTOR}")
    wait_for_frames(call.patient, screen, 2)
    expect(share).to_have_attribute("aria-pressed", "true")

    share.click()

    expect(call.patient.locator(screen)).to_have_count(0)
    wait_for_frames(call.patient, remote_video(call.patient, DOCTOR))


def test_another_camera_and_microphone_keep_the_call_going(call: Call) -> None:
    before = call.patient.evaluate(CAMERA)
    call.patient.get_by_role("button", name="More").click()
    for picker in ("#pick-camera", "#pick-microphone"):
        devices = call.patient.locator(picker)
        devices.select_option(index=2)
    call.patient.get_by_role("dialog").get_by_role("button", name="Close").click()
    call.patient.wait_for_function(f"(before) => ({CAMERA})() !== before", arg=before)

    selector = remote_video(call.pcp, PATIENT)
    wait_for_frames(call.pcp, selector)
    wait_for_sound(call.pcp, selector)
    assert call.patient.evaluate(CAMERA) == call.patient.locator("#pick-camera").input_value()


def test_mute_and_stop_camera_tell_the_other_side_and_keep_their_names(call: Call) -> None:
    mute, stop = (call.patient.get_by_role("button", name=name) for name in ("Mute", "Stop camera"))
    mute.click()
    stop.click()

    expect(mute).to_have_attribute("aria-pressed", "true")
    expect(call.pcp.get_by_text("Camera off").first).to_be_visible()
    expect(call.pcp.get_by_text("Muted").first).to_be_attached()
    stop.click()
    wait_for_frames(call.pcp, remote_video(call.pcp, PATIENT))
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "false")


def test_keys_mute_and_show_the_list_of_keys_but_not_while_typing(call: Call) -> None:
    mute = call.pcp.get_by_role("button", name="Mute")
    call.pcp.keyboard.press("m")
    expect(mute).to_have_attribute("aria-pressed", "true")
    write(call.pcp, "hmm")
    expect(mute).to_have_attribute("aria-pressed", "true")
    call.pcp.locator("h1").first.click()
    call.pcp.keyboard.press("?")
    expect(call.pcp.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    call.pcp.keyboard.press("Escape")
    call.pcp.keyboard.press("m")
    expect(mute).to_have_attribute("aria-pressed", "false")


def test_the_patients_place_and_phone_are_one_tap_away_for_the_clinician(call: Call) -> None:
    call.pcp.get_by_role("tab", name="Safety").click()

    safety = call.pcp.get_by_role("region", name="Safety")
    expect(safety.get_by_text(re.compile("118 Larch Street, Missoula"))).to_be_visible()
    expect(safety.get_by_role("link", name="Call 988")).to_be_visible()
    expect(safety.get_by_role("link", name=re.compile("406-555-0177"))).to_be_visible()


@pytest.mark.parametrize("side", ["patient", "pcp"])
def test_who_reloads_the_page_is_back_in_the_call_without_being_admitted_again(call: Call, side: str) -> None:
    page, other = call.sides[side == "patient"]
    page.reload()

    wait_for_frames(page, remote_video(page, other), 3)
    theirs, me = call.sides[side != "patient"]
    wait_for_frames(theirs, remote_video(theirs, me), 3)
    expect(call.pcp.get_by_role("button", name=re.compile("^Admit"))).to_have_count(0)


def test_who_leaves_may_come_back(call: Call) -> None:
    call.patient.get_by_role("button", name="Leave").click()
    expect(call.patient.get_by_role("heading", name="You left the visit")).to_be_visible()
    expect(call.pcp.locator(f'video[aria-label="{PATIENT}"]')).to_have_count(0)

    call.patient.get_by_role("button", name="Join visit").click()

    wait_for_frames(call.pcp, remote_video(call.pcp, PATIENT), 3)


def test_both_see_and_hear_each_other_and_the_link_opens_no_more_once_the_clinician_ends_the_visit(call: Call) -> None:
    for page, other in call.sides:
        selector = remote_video(page, other)
        wait_for_frames(page, selector)
        wait_for_sound(page, selector)

    call.pcp.get_by_role("button", name="End visit").click()
    call.pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()

    expect(call.patient.get_by_role("heading", name="Your visit is over")).to_be_visible()
    expect(call.pcp.get_by_text("The visit is over")).to_be_visible()
    for moment in ("Arrived", "Started", "Admitted", "Ended"):
        expect(call.pcp.get_by_text(moment, exact=True)).to_be_visible()
    call.patient.goto(call.link)
    expect(call.patient.get_by_role("heading", name="This visit is over")).to_be_visible()


def test_a_clinician_on_a_phone_and_a_patient_at_a_desk_hear_each_other_too(
    clinic_chromium: Browser, patient_chromium: Browser, served: Served
) -> None:
    with (
        person(clinic_chromium, served.url, PHONE) as ours,
        person(patient_chromium, served.url, DESKTOP) as theirs,
    ):
        made = meet(ours.new_page(), theirs.new_page())
        for page, other in made.sides:
            wait_for_sound(page, remote_video(page, other))
            expect(page.get_by_role("button", name="Mute")).to_be_in_viewport()
