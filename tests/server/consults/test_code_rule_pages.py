"""The page of the billing codes: what each asks for and since when, and an administrator's own rules before that."""

from typing import Any

import pytest

from server.consults.code_tables import BillingRule
from tests.cast import World
from tests.server.consults.consult_services import own_rules

pytestmark = pytest.mark.anyio
PATH = "/services/codes"
RULE = {
    "code": "99447",
    "used": "yes",
    "least": "12",
    "most": "20",
    "needs_verbal": "on",
    "discussion_percent": "50",
    "once_per_days": "14",
    "seen_before": "14",
    "seen_after": "0",
    "valid_from": "2026-01-01",
    "valid_to": "",
    "source": "The payer’s page of 2026",
}


async def test_each_code_stands_there_with_its_minutes_days_and_source(site: World) -> None:
    page = (await (await site.signed_in("admin")).get(PATH)).text
    for words in ("99449", "31 minutes or more", "Once in 14 days", "from Tue, Jan 1, 2019", "Medicare physician fee"):
        assert words in page
    assert page.count("Holds now") == 12
    assert "Add the rule" not in page


async def test_the_form_is_filled_in_with_what_holds_today(site: World) -> None:
    browser = await site.signed_in("admin")
    page = (await browser.get(f"{PATH}?code=99447")).text
    for field, value in (("least", "11"), ("most", "20"), ("discussion_percent", "50"), ("once_per_days", "7")):
        assert f'name="{field}" type="text" value="{value}"' in page
    await browser.post(PATH, data=RULE)
    assert 'name="least" type="text" value="12"' in (await browser.get(f"{PATH}?code=99447")).text
    open_end = (await browser.get(f"{PATH}?code=99451")).text
    assert 'name="most" type="text" value=""' in open_end
    assert 'name="discussion_percent" type="text" value=""' in open_end
    assert "Add the rule" not in (await browser.get(f"{PATH}?code=x")).text


async def test_an_own_rule_replaces_what_was_shipped_from_its_day_on(site: World) -> None:
    browser = await site.signed_in("admin")
    assert (await browser.post(PATH, data=RULE)).status_code == 303
    ahead: dict[str, Any] = {**RULE, "used": "no", "most": "", "discussion_percent": "", "valid_from": "2027-01-01"}
    assert (await browser.post(PATH, data=ahead)).status_code == 303
    page = (await browser.get(PATH)).text
    for words in ("12 to 20 minutes", "Replaced", "Not yet", "Not used", "The payer’s page of 2026"):
        assert words in page
    held, coming = sorted(await own_rules(site, BillingRule), key=lambda row: row.valid_from)
    assert (held.needs_written, held.discussion_percent, held.seen_after) == (False, 50, 0)
    assert (coming.used, coming.most, coming.discussion_percent) == (False, None, None)


async def test_a_code_that_is_not_used_now_says_so(site: World) -> None:
    browser = await site.signed_in("admin")
    await browser.post(PATH, data={**RULE, "used": "no"})
    page = (await browser.get(PATH)).text
    assert page.count("Holds now") == 11
    assert page.count("Not used") == 2


async def test_what_is_wrong_with_a_rule_is_said_at_its_field_and_what_was_typed_stays(site: World) -> None:
    browser = await site.signed_in("admin")
    odd = {"used": "x", "least": "0", "most": "300", "discussion_percent": "100", "once_per_days": "31"}
    answer = await browser.post(PATH, data={**RULE, **odd, "valid_from": "x", "valid_to": "x", "source": ""})
    assert answer.status_code == 422
    for words in (
        "Choose one.",
        "Enter the minutes, from 1 to 240.",
        "no fewer than the first",
        "Enter a number from 0 to 99.",
        "Enter the days, from 0 to 30.",
        "Choose a day.",
        "Say where the rule is found",
    ):
        assert words in answer.text
    before = await browser.post(PATH, data={**RULE, "valid_to": "2025-12-31", "once_per_days": "9"})
    assert "The last day is before the first." in before.text
    assert 'name="once_per_days" type="text" value="9"' in before.text
    assert (await browser.post(PATH, data={**RULE, "code": "00000"})).status_code == 422


async def test_others_do_not_see_it(site: World) -> None:
    assert (await (await site.signed_in("pcp")).get(PATH)).status_code == 403
