"""The page of the licence rules: those that came with Curbside, and an administrator's own."""

import pytest

from server.consults.service_tables import ConsultationRule
from tests.cast import World
from tests.server.consults.consult_services import own_rules

pytestmark = pytest.mark.anyio
PATH = "/services/rules"
RULE = {
    "state": "MT",
    "profession": "every",
    "situation": "peer_only",
    "licence_required": "no",
    "valid_from": "2027-01-01",
    "source": "A law",
}


async def test_the_rules_that_came_with_curbside_ask_to_be_confirmed(site: World) -> None:
    page = (await (await site.signed_in("admin")).get(PATH)).text
    assert page.count("Confirm it with your compliance reviewer") == 2


async def test_an_own_rule_is_kept_as_it_was_typed(site: World) -> None:
    browser = await site.signed_in("admin")
    assert (await browser.post(PATH, data=RULE)).status_code == 303
    (row,) = await own_rules(site, ConsultationRule)
    assert (row.state, row.profession, row.situation, row.licence_required) == ("MT", "", "peer_only", False)
    assert (str(row.valid_from), row.valid_to, row.source) == ("2027-01-01", None, "A law")


async def test_what_is_wrong_with_a_rule_is_said_at_its_field(site: World) -> None:
    browser = await site.signed_in("admin")
    odd = {"state": "XX", "valid_from": "x", "valid_to": "x", "source": ""}
    answer = await browser.post(PATH, data={**RULE, **odd})
    assert answer.status_code == 422
    for words in ("Choose one.", "Choose a day.", "Say where the rule is found"):
        assert words in answer.text
    before = await browser.post(PATH, data={**RULE, "valid_to": "2026-12-31"})
    assert "The last day is before the first." in before.text


async def test_others_do_not_see_it(site: World) -> None:
    assert (await (await site.signed_in("pcp")).get(PATH)).status_code == 403
