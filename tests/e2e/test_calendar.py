"""The staff's calendar: a visit is moved by hand and by keyboard, what is in the way is said, and axe finds nothing."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.browsers import DESKTOP, person
from tests.e2e.journey import sign_in
from tests.e2e.served import Served
from tests.e2e.test_accessibility import SETTLED, check, with_axe

HOUR = 80  # pixels of the grid
# Behind all that other tests set up, also in four weeks' visits, and never on a weekend, which a week need not show.
DAY = datetime.now(ZoneInfo("America/Denver")).date() + timedelta(days=28)
DAY += timedelta(days=(2 - DAY.weekday()) % 7)


def set_up(page: Page, patient: str, at: str) -> None:
    """Set a visit up on the day, at a time of the clinic."""
    page.goto(f"/patients?then=visit&q={patient}")
    page.get_by_role("link", name=re.compile("New visit with")).first.click()
    page.get_by_text("At a time").click()
    page.get_by_label("Day", exact=True).fill(DAY.isoformat())
    page.get_by_label("Time", exact=True).fill(at)
    page.get_by_role("button", name="Set up visit").click()
    page.get_by_role("link", name="Start visit").wait_for()


def drag(page: Page, name: str, down: int) -> None:
    """Drag the visit of somebody on the grid."""
    place = page.get_by_role("button", name=name)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    x, y = box["x"] + 30, box["y"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + down / 2, steps=4)
    page.mouse.move(x, y + down, steps=4)
    page.mouse.up()


def test_a_visit_is_moved_by_hand_and_by_keyboard(clinic_chromium: Browser, served: Served) -> None:
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        said.append(message.text)

    # the browser is elsewhere: the calendar shows the clinic's clock all the same
    with person(clinic_chromium, served.url, DESKTOP, timezone_id="Europe/Madrid") as context:
        page = with_axe(context)
        page.on("console", listen)
        sign_in(page)
        set_up(page, "lindqvist", "10:00")
        set_up(page, "haddad", "14:00")
        page.goto(f"/calendar?view=week&day={DAY.isoformat()}")
        expect(page.get_by_role("button", name="Per Lindqvist")).to_be_visible()
        check(page)
        move_by_hand(page)
        move_by_keyboard(page)
        look_by_night(page)
    assert not [words for words in said if "Content Security Policy" in words]


def move_by_hand(page: Page) -> None:
    """Move a visit by an hour, and then onto another one, which is refused and undone."""
    status, dialog = page.locator("#moved-status"), page.get_by_role("dialog")
    drag(page, "Per Lindqvist", HOUR)
    expect(dialog).to_contain_text("11:00 AM to 11:20 AM")
    page.evaluate(SETTLED)
    check(page)
    dialog.get_by_role("button", name="Move the visit").click()
    expect(status).to_contain_text("11:00")

    drag(page, "Per Lindqvist", 3 * HOUR)  # onto the other visit
    dialog.get_by_role("button", name="Move the visit").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Another appointment is in the way.")
    dialog.get_by_role("button", name="Leave it as it is").click()
    expect(page.get_by_role("button", name="Per Lindqvist")).to_have_accessible_name(re.compile("11:00"))


def move_by_keyboard(page: Page) -> None:
    """Move the visit that has the focus: one way and back, then for good."""
    status, dialog = page.locator("#moved-status"), page.get_by_role("dialog")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(status).to_contain_text("11:15 AM to 11:40 AM. Enter to keep")
    page.keyboard.press("Escape")
    expect(status).to_have_text("Left as it was.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("11:00 AM to 11:20 AM")
    page.keyboard.press("Enter")
    expect(status).to_contain_text(f"{DAY + timedelta(days=1):%B} {(DAY + timedelta(days=1)).day}")


def look_by_night(page: Page) -> None:
    """Have axe look at the grid, the list and the form by night, and at the page of calendars."""
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED)
    check(page)
    page.get_by_text("As a list").click()
    page.get_by_text("Whose calendar").click()
    page.evaluate(SETTLED)
    check(page)
    page.goto("/calendars")
    check(page)
