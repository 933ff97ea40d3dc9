"""Wide tables on a narrow phone: cards that need no scrolling sideways, and still tables to who listens."""

from collections import Counter

from playwright.sync_api import Browser, Page, ViewportSize

from tests.e2e.browsers import person
from tests.e2e.journey import sign_in_as_administrator
from tests.e2e.served import Served

NARROW: ViewportSize = {"width": 320, "height": 640}
TABLES = ("/services/rules", "/services/codes", "/reports/consults", "/reports/scheduling")
TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll('.scroll')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.ariaLabel || 'the page')"""


def test_no_table_is_wider_than_a_narrow_phone(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, NARROW) as context:
        page = context.new_page()
        sign_in_as_administrator(page)
        found = {}
        for path in TABLES:
            page.goto(path)
            found[path] = page.evaluate(TOO_WIDE)
        assert found == {path: [] for path in TABLES}


def test_rows_that_are_cards_are_rows_of_a_table_to_who_listens(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, NARROW) as context:
        page = context.new_page()
        sign_in_as_administrator(page)
        page.goto("/services/rules")
        heard = _heard(page)
        assert heard["table"] == 1
        assert heard["columnheader"] == 6
        assert heard["rowheader"] == heard["row"] - 1 > 0
        assert heard["cell"] == 5 * heard["rowheader"]


def _heard(page: Page) -> Counter[str]:
    """Count what the browser tells assistive technology, by role."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return Counter(node["role"]["value"] for node in nodes if not node["ignored"])
