"""The way to where a journey begins, without clicks: what people fill in is posted from their browsers.

Clicking takes seconds, and shows nothing new when others have clicked there: journey.py has the same way in clicks.
"""

import re
from uuid import uuid4

from playwright.sync_api import APIResponse, Page

from tests.e2e.journey import Call, start_call, wait_in_room
from tests.server.visits.journey import BEFORE, BORN

OF_OUR_PAGES = {"Sec-Fetch-Site": "same-origin"}


def post(page: Page, address: str, **words: str) -> APIResponse:
    """Send a form as a page of ours does; it has to be taken."""
    answer = page.request.post(address, form=dict(words), headers=OF_OUR_PAGES, max_redirects=0)
    assert answer.status in {200, 201, 303}, f"{address}: {answer.status}"
    return answer


def enter(page: Page, who: str = "pcp") -> None:
    """Sign in as a demo person; the page stays where it is. The psychiatrist has room for what journeys leave open."""
    post(page, "/login/demo", who=who)
    if who == "psychiatrist":
        post(page, _one(r'action="(/duty/[\w-]+/limits)"', page.request.get("/duty").text()), capacity="50")


def sit_down(page: Page, who: str = "pcp") -> None:
    """Sign in as a demo person and open Today."""
    enter(page, who)
    page.goto("/")


def visit_now(page: Page, patient: str = "alvarez") -> tuple[str, str]:
    """Set up a visit now as the signed-in practitioner; gives the address of its page and the patient's link."""
    found = _one(r"/visits/new\?patient=([\w-]+)", page.request.get(f"/patients?then=visit&q={patient}").text())
    form = page.request.get(f"/visits/new?patient={found}").text()
    practitioner, key = _one(r'name="practitioner" value="([\w-]+)"', form), str(uuid4())
    words = {"key": key, "patient": found, "practitioner": practitioner, "when": "now", "minutes": "20"}
    return f"/visits/{key}", _one(r'id="link" readonly value="([^"]+)"', post(page, "/visits/new", **words).text())


def go_to_check(page: Page, link: str) -> None:
    """Open the link, tell what is asked before a visit, and come to the device check."""
    post(page, link, **BORN)
    post(page, "/visit/before", **BEFORE)
    page.goto("/visit/room")


def go_to_waiting_room(page: Page, link: str) -> None:
    """Come from the link to the waiting room."""
    go_to_check(page, link)
    wait_in_room(page)


def meet(pcp: Page, patient: Page) -> Call:
    """Bring both into a call in which pictures move."""
    enter(pcp)
    sheet, link = visit_now(pcp)
    go_to_waiting_room(patient, link)
    return start_call(pcp, patient, sheet, link)


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]
