"""A line that loses every twentieth packet and takes 300 ms for the rest: people still understand each other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import coturn as turn
from tests.e2e.browsers import PHONE, person
from tests.e2e.figures import Inbound, inbound, keep_connections, say
from tests.e2e.journey import Call, meet, remote_video, wait_for_frames, wait_for_sound
from tests.e2e.served import Served
from tests.network import udp_relay
from tests.network.udp_relay import Relay, Weather

WEAK = Weather(loss=0.05, delay=300)
LISTEN = 10_000  # ms
# The fraction of the sound that may be made up. What Opus makes up for a tenth of its packets is still understood.
CONCEALED = 0.1


@pytest.fixture
def weather(coturn: turn.Server) -> Iterator[Relay]:
    """Put bad weather before the TURN server, for both people."""
    with udp_relay.running(coturn.port, seed=5) as relay:
        yield relay


@pytest.fixture
def call(weather: Relay, tmp_path: Path, clinic_chromium: Browser, patient_chromium: Browser) -> Iterator[Call]:
    """Bring both into a call whose every packet goes through the weather."""
    settings = {
        "CURBSIDE_TURN_URLS": f"turn:{udp_relay.HOST}:{weather.port}?transport=udp",
        "CURBSIDE_TURN_SECRET": turn.SECRET,
        "CURBSIDE_RELAY_ONLY": "true",
    }
    server = Served(tmp_path / "var", settings)
    server.start()
    try:
        with person(clinic_chromium, server.url) as ours, person(patient_chromium, server.url, PHONE) as theirs:
            for context in (ours, theirs):
                keep_connections(context)
            yield meet(ours.new_page(), theirs.new_page())
    finally:
        server.stop()


def listened(page: Page) -> tuple[Inbound, Inbound]:
    """Give what had arrived before and after a while of listening."""
    before = inbound(page)
    page.wait_for_function("(until) => performance.now() > until", arg=before.at + LISTEN)
    return before, inbound(page)


@pytest.mark.long
def test_words_are_understood_and_the_page_says_calmly_that_the_line_is_weak(
    call: Call, weather: Relay, capsys: pytest.CaptureFixture[str]
) -> None:
    good = listened(call.patient)
    weather.set(down=WEAK)
    call.patient.locator("#quality").get_by_text("Good").wait_for(state="detached")
    weak = listened(call.patient)
    weather.set()

    concealed, lost = weak[1].concealment(weak[0]), weak[1].loss(weak[0])
    say(
        capsys,
        f"at {WEAK.loss:.0%} loss and {WEAK.delay:.0f} ms: sound made up {concealed:.1%} (bound {CONCEALED:.0%}), "
        f"packets lost {lost:.1%}; picture {good[1].picture(good[0])} before, {weak[1].picture(weak[0])} then",
    )
    assert lost > WEAK.loss / 4  # the weather was there
    assert concealed <= CONCEALED
    for page, other in call.sides:
        wait_for_frames(page, remote_video(page, other))
        wait_for_sound(page, remote_video(page, other))
    call.patient.locator("#quality").get_by_text("Good").wait_for()
