"""A visit whose media goes over a relay alone: over UDP, and through a network that lets only TCP out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import coturn as relay
from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import remote_video, wait_for_frames, wait_for_sound
from tests.e2e.served import Served
from tests.e2e.short_way import meet

# Keeps the connections that a page makes where a test can ask them.
KEEP = """const kept = (window.__connections = []);
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); kept.push(this); }
};"""
# The pair that media goes over, in the page's last connection.
PATH = """async () => {
  const stats = [...(await window.__connections.at(-1).getStats()).values()];
  const of = (id) => stats.find((one) => one.id === id);
  const pair = of(stats.find((one) => one.type === "transport")?.selectedCandidatePairId);
  const [local, remote] = [of(pair?.localCandidateId), of(pair?.remoteCandidateId)];
  return { local: local?.candidateType, over: local?.relayProtocol, remote: remote?.candidateType };
}"""


@pytest.fixture(params=["udp", "tcp"])
def over(request: pytest.FixtureRequest) -> str:
    """Way from the browser to the relay."""
    kind: str = request.param
    return kind


@pytest.fixture
def served_by_relay(over: str, coturn: relay.Server, tmp_path: Path) -> Iterator[Served]:
    """Run a demo server that sends all media over the relay."""
    settings = {
        "CURBSIDE_TURN_URLS": getattr(coturn, over),
        "CURBSIDE_TURN_SECRET": relay.SECRET,
        "CURBSIDE_RELAY_ONLY": "true",
    }
    server = Served(tmp_path / "var", settings)
    server.start()
    yield server
    server.stop()


def path_of(page: Page) -> dict[str, Any]:
    """Ask the page which way its media goes."""
    found: dict[str, Any] = page.evaluate(PATH)
    return found


def test_both_see_and_hear_each_other_over_the_relay_alone(
    over: str, served_by_relay: Served, clinic_chromium: Browser, patient_chromium: Browser
) -> None:
    with (
        person(clinic_chromium, served_by_relay.url) as ours,
        person(patient_chromium, served_by_relay.url, PHONE) as theirs,
    ):
        for context in (ours, theirs):
            context.add_init_script(KEEP)
        pcp, patient = ours.new_page(), theirs.new_page()
        for page, other in meet(pcp, patient).sides:
            wait_for_frames(page, remote_video(page, other))
            wait_for_sound(page, remote_video(page, other))
            assert path_of(page) == {"local": "relay", "over": over, "remote": "relay"}
