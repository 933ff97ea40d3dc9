"""The patient's phone changes from one network to another in mid-call, so its address changes: the call comes back."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.e2e.browsers import CHROMIUM, PHONE, chromium, person
from tests.e2e.figures import say
from tests.e2e.journey import Call, remote_video, wait_for_frames, wait_for_sound
from tests.e2e.served import Served
from tests.e2e.short_way import meet
from tests.network.namespace import SERVER, Machine, machine, missing

WITHOUT = missing()
BACK_SECONDS = 15.0  # what a person may have to wait for the picture, at the most; printed beside what it took

pytestmark = pytest.mark.skipif(bool(WITHOUT), reason=WITHOUT)


@pytest.fixture
def phone() -> Iterator[Machine]:
    """Make the patient's machine."""
    with machine() as made:
        yield made


@pytest.fixture
def call(phone: Machine, playwright: Playwright, tmp_path: Path) -> Iterator[Call]:
    """Bring both into a call: the patient's browser runs on the machine with two links."""
    server = Served(tmp_path / "var", {"CURBSIDE_DEMO": "public"}, name=SERVER, host=SERVER)
    server.start()
    flags = (f"--unsafely-treat-insecure-origin-as-secure={server.url}",)
    try:
        with (
            chromium(playwright, *flags) as ours,
            chromium(playwright, *flags, program=phone.wrapper(CHROMIUM, tmp_path)) as theirs,
            person(ours, server.url) as clinic,
            person(theirs, server.url, PHONE) as patient,
        ):
            yield meet(clinic.new_page(), patient.new_page())
    finally:
        server.stop()


def test_picture_and_sound_are_back_after_the_address_changed(
    call: Call, phone: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    for page, other in call.sides:
        wait_for_sound(page, remote_video(page, other))
    phone.switch(leave=1, take=2)
    lost = time.monotonic()
    for page, other in call.sides:
        wait_for_frames(page, remote_video(page, other), 30)  # more than may have been under way
    took = time.monotonic() - lost
    say(capsys, f"address changed in mid-call: pictures on both sides after {took:.1f} s (bound {BACK_SECONDS:.0f} s)")
    assert took <= BACK_SECONDS
    for page, other in call.sides:
        wait_for_sound(page, remote_video(page, other))
