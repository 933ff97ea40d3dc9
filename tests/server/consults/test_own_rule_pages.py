"""An administrator adds an own rule by a form and takes one away, on the page of codes and on that of licences."""

from datetime import UTC, datetime
from typing import Any

import pytest

from server.consults.code_tables import BillingRule
from server.consults.own_rule_pages import read_days
from server.consults.own_rule_store import OwnRow
from server.consults.service_tables import ConsultationRule
from server.kit import Form
from tests.cast import World
from tests.server.consults.consult_services import own_rules
from tests.server.consults.test_code_rule_pages import RULE as CODE
from tests.server.consults.test_licence_rule_pages import RULE as LICENCE

pytestmark = pytest.mark.anyio
of_either = pytest.mark.parametrize(
    ("path", "table", "filled"),
    [("/services/codes", BillingRule, CODE), ("/services/rules", ConsultationRule, LICENCE)],
)
Filled = dict[str, str]


@of_either
async def test_a_rule_ahead_is_added_and_taken_away(
    site: World, path: str, table: type[OwnRow], filled: Filled
) -> None:
    browser = await site.signed_in("admin")
    added = await browser.post(path, data={**filled, "valid_from": "2027-01-01"})
    assert (added.status_code, added.headers["location"]) == (303, path)
    assert "Not yet" in (await browser.get(path)).text
    (ahead,) = await own_rules(site, table)
    gone = await browser.post(f"{path}/drop", data={"rule": str(ahead.id)})
    assert (gone.status_code, gone.headers["location"]) == (303, path)
    assert await own_rules(site, table) == []


@of_either
async def test_a_rule_from_tomorrow_on_is_taken_away_also_when_it_is_tomorrow_in_utc(
    site: World, path: str, table: type[OwnRow], filled: Filled
) -> None:
    site.clock.now = datetime(2026, 12, 5, 5, 30, tzinfo=UTC)  # half past ten on Friday evening in Denver
    browser = await site.signed_in("admin")
    await browser.post(path, data={**filled, "valid_from": "2026-12-05"})
    assert "Not yet" in (await browser.get(path)).text
    (ahead,) = await own_rules(site, table)
    assert (await browser.post(f"{path}/drop", data={"rule": str(ahead.id)})).status_code == 303
    assert await own_rules(site, table) == []


@of_either
async def test_a_rule_that_has_held_stays(site: World, path: str, table: type[OwnRow], filled: Filled) -> None:
    browser = await site.signed_in("admin")
    await browser.post(path, data={**filled, "valid_from": "2020-01-01", "valid_to": "2020-12-31"})
    assert "Over" in (await browser.get(path)).text
    (over,) = await own_rules(site, table)
    refused = await browser.post(f"{path}/drop", data={"rule": str(over.id)})
    assert (refused.status_code, "holds already" in refused.text) == (409, True)
    assert len(await own_rules(site, table)) == 1


@of_either
async def test_what_was_typed_stays_where_a_rule_begins_on_the_day(
    site: World, path: str, table: type[OwnRow], filled: Filled
) -> None:
    browser = await site.signed_in("admin")
    await browser.post(path, data=filled)
    twice = await browser.post(path, data={**filled, "source": "Typed again"})
    assert (twice.status_code, "from this day on" in twice.text) == (409, True)
    assert 'value="Typed again"' in twice.text
    assert len(await own_rules(site, table)) == 1


@of_either
async def test_what_was_typed_stays_where_it_cannot_be_taken(
    site: World, path: str, table: type[OwnRow], filled: Filled
) -> None:
    browser = await site.signed_in("admin")
    answer = await browser.post(path, data={**filled, "valid_from": "x", "source": "Typed"})
    assert (answer.status_code, "Choose a day." in answer.text) == (422, True)
    assert 'value="Typed"' in answer.text
    assert await own_rules(site, table) == []


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ("2027-01-01", "", {}),
        ("2027-01-01", "2027-01-01", {}),
        ("2027-01-02", "2027-01-01", {"valid_to": "The last day is before the first."}),
        ("2027-01-01", "x", {"valid_to": "Choose a day."}),
        ("", "2027-01-01", {"valid_from": "Choose a day."}),
    ],
)
def test_the_days_of_a_rule_are_read_in_their_order(first: str, last: str, wrong: dict[str, Any]) -> None:
    form = Form({"valid_from": first, "valid_to": last})
    read_days(form)
    assert form.errors == wrong
