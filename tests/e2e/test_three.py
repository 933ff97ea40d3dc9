"""Three in a visit, each linked to each: a third person comes, falls silent, comes back and goes, and two talk on."""

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.browsers import DESKTOP
from tests.e2e.figures import longest_pause, say, watch_pauses
from tests.e2e.firefox import Fox, fox_person
from tests.e2e.journey import DOCTOR, PATIENT, ask_in, meet, remote_video, sign_in, wait_for_frames, wait_for_sound
from tests.e2e.served import Served

THIRD = "Dr. L. Brandt"
# ms that the picture of the other two may stand still while a third comes and goes. It is a hiccup of machines that
# share two cores: a path that was lost takes longer, because it is given as long before another one is looked for.
LONGEST_PAUSE = 2000


@pytest.fixture
def psychiatrist(fox: Fox, served: Served) -> Iterator[Page]:
    """Open the psychiatrist's page, in Firefox."""
    with fox_person(fox.bidi, served.url, DESKTOP) as page:
        yield page


def all_see_and_hear_all(pages: dict[str, Page]) -> None:
    """Wait until pictures move and sound is heard on each side of each pair."""
    for me, other in itertools.permutations(pages, 2):
        selector = remote_video(pages[me], other)
        wait_for_frames(pages[me], selector, 5)
        wait_for_sound(pages[me], selector)


@pytest.mark.long
def test_a_third_person_comes_falls_silent_and_goes_and_the_other_two_never_lose_each_other(
    pcp: Page, patient: Page, psychiatrist: Page, fox: Fox, capsys: pytest.CaptureFixture[str]
) -> None:
    call = meet(pcp, patient)
    for page, other in call.sides:
        watch_pauses(page, remote_video(page, other))
    sign_in(psychiatrist, "Psychiatrist")
    ask_in(pcp, THIRD)
    psychiatrist.goto(f"{call.sheet}/call")
    everybody = {DOCTOR: pcp, PATIENT: patient, THIRD: psychiatrist}
    all_see_and_hear_all(everybody)

    with fox.silenced():
        for page, other in call.sides:
            page.locator("#notice").get_by_text("Reconnecting").wait_for()
            wait_for_frames(page, remote_video(page, other))
    all_see_and_hear_all(everybody)

    psychiatrist.get_by_role("button", name="Leave").click()
    for page, other in call.sides:
        page.locator(f'video[aria-label="{THIRD}"]').wait_for(state="detached")
        wait_for_frames(page, remote_video(page, other))
    pauses = {other: round(longest_pause(page, remote_video(page, other))) for page, other in call.sides}
    say(capsys, f"longest pause between two rendered frames, ms: {pauses} (bound {LONGEST_PAUSE})")
    assert max(pauses.values()) <= LONGEST_PAUSE
