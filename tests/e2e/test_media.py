"""A running call's media: a device goes, the connection gets weak, a second window opens.

One call serves them all: setting one up takes longer than any of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import DOCTOR, PATIENT, remote_video, wait_for_frames, wait_for_sound
from tests.e2e.served import Served
from tests.e2e.short_way import meet

# The page's own connections, for the test to look at and to hurt; `weak` makes the browser's estimate low.
WATCH = """
window.__made = []; window.__weak = false;
const { getStats } = RTCPeerConnection.prototype;
RTCPeerConnection.prototype.getStats = async function () {
  const report = new Map(await getStats.call(this));
  for (const [id, one] of report) {
    if (window.__weak && one.type === "candidate-pair") report.set(id, { ...one, availableOutgoingBitrate: 20000 });
  }
  return report;
};
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...all) {
    super(...all);
    window.__made.push(this);
  }
};
"""


@dataclass(frozen=True)
class Call:
    """A running call: both pages, and the patient's browser."""

    pcp: Page
    patient: Page
    phone: BrowserContext


@pytest.fixture(scope="module")
def call(clinic_chromium: Browser, patient_chromium: Browser, served: Served) -> Iterator[Call]:
    """Bring both into a call in which pictures move."""
    with person(clinic_chromium, served.url) as ours, person(patient_chromium, served.url, PHONE) as phone:
        phone.add_init_script(WATCH)
        pcp, patient = ours.new_page(), phone.new_page()
        meet(pcp, patient)
        yield Call(pcp, patient, phone)


def test_sound_is_negotiated_with_error_correction_and_silence_suppression(call: Call) -> None:
    described = call.patient.evaluate("() => window.__made.at(-1).remoteDescription.sdp")
    line = re.search(r"a=fmtp:\d+ [^\r]*useinbandfec=1[^\r]*", described)
    assert line
    assert "usedtx=1" in line[0]


def test_a_camera_that_is_pulled_out_is_replaced_without_a_word(call: Call) -> None:
    call.patient.evaluate(
        """() => {
          const { track } = window.__made.at(-1).getSenders()[1];
          track.stop();
          track.dispatchEvent(new Event("ended"));
        }"""
    )
    wait_for_frames(call.pcp, remote_video(call.pcp, PATIENT))
    expect(call.patient.locator("#device-notice")).to_be_hidden()


def test_where_the_browser_refuses_to_play_sound_a_tap_turns_it_on_and_the_picture_does_not_wait(call: Call) -> None:
    call.patient.evaluate(
        """() => {
          const { play } = HTMLMediaElement.prototype;
          let tapped = false;
          addEventListener("click", () => { tapped = true; }, { capture: true });
          HTMLMediaElement.prototype.play = function () {
            const refused = !this.muted && !tapped;
            return refused ? Promise.reject(new DOMException("", "NotAllowedError")) : play.call(this);
          };
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    hear = call.patient.get_by_role("button", name="Tap to hear")
    expect(hear).to_be_visible()
    wait_for_frames(call.patient, remote_video(call.patient, DOCTOR), 3)

    hear.click()

    expect(hear).to_be_hidden()
    expect(call.patient.locator(remote_video(call.patient, DOCTOR))).to_have_js_property("muted", value=False)


def test_on_a_weak_connection_the_picture_gives_way_to_the_sound_both_are_told_and_the_person_may_insist(
    call: Call,
) -> None:
    call.patient.evaluate("() => { window.__weak = true; }")
    expect(call.patient.get_by_text("Your connection is weak: video paused. Sound goes on.")).to_be_visible()
    expect(call.pcp.get_by_text(f"The connection to {PATIENT} is weak: video paused")).to_be_visible()
    wait_for_sound(call.pcp, remote_video(call.pcp, PATIENT))

    call.patient.get_by_role("button", name="Send video anyway").click()

    wait_for_frames(call.pcp, remote_video(call.pcp, PATIENT))
    expect(call.pcp.locator("#notice")).to_be_hidden()
    call.patient.evaluate("() => { window.__weak = false; }")


def test_a_second_window_asks_before_it_takes_the_call_and_the_first_can_take_it_back(call: Call) -> None:
    second = call.phone.new_page()
    second.goto(call.patient.url)
    move = "Move the call here"
    expect(second.get_by_role("heading", name="Your visit is open in another window")).to_be_visible()
    expect(call.patient.get_by_role("heading", name=DOCTOR)).to_be_visible()

    second.get_by_role("button", name=move).click()

    wait_for_frames(second, remote_video(second, DOCTOR), 3)
    expect(call.patient.get_by_role("heading", name="Your visit is open in another window")).to_be_visible()
    call.patient.get_by_role("button", name=move).click()
    wait_for_frames(call.patient, remote_video(call.patient, DOCTOR), 3)
    wait_for_frames(call.pcp, remote_video(call.pcp, PATIENT), 3)
    expect(second.get_by_role("button", name=move)).to_be_visible()
