"""The file for a coder: a row for each side, the evidence, no label of others, and noted before it is given."""

import csv
from io import StringIO

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from tests.cast import World
from tests.server.consults import talking

pytestmark = pytest.mark.anyio


async def test_a_row_for_each_side_says_minutes_code_and_what_stands_against_it(site: World) -> None:
    consult_id = await talking.taken(site)
    await talking.talked(site, consult_id, 25)
    browser = await site.signed_in("admin")
    answer = await browser.get("/consults/codes.csv?from=2026-11-01&to=2026-11-30")
    assert answer.headers["content-disposition"].startswith('attachment; filename="consult-codes-2026-11-01-')
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["role"], row["minutes"], row["suggested code, for a coder to decide"]) for row in rows] == [
        ("consultant", "25", "99448"),
        ("requester", "25", "99452"),
    ]
    assert "There is no written report" in rows[0]["against it"]
    assert "25 minutes; at least 21 are needed" in rows[0]["evidence"]
    assert rows[0]["consult"] == str(consult_id)
    assert "Alvarez" not in answer.text
    async with site.deps.database.read() as session:
        events = (await session.exec(select(AuditEvent).where(AuditEvent.action == "export"))).all()
    assert [event.why for event in events] == ["codes, 2026-11-01 to 2026-11-30, 1"]


async def test_the_usual_days_are_the_last_four_weeks_and_odd_ones_are_refused(site: World) -> None:
    browser = await site.signed_in("admin")
    answer = await browser.get("/consults/codes.csv")
    assert "consult-codes-2026-10-28-2026-11-24.csv" in answer.headers["content-disposition"]
    for query in ("from=x", "from=2026-11-02&to=2026-11-01", "from=2024-01-01", "to=9999-01-01"):
        assert (await browser.get(f"/consults/codes.csv?{query}")).status_code == 422
    assert (await (await site.signed_in("psychiatrist")).get("/consults/codes.csv")).status_code == 403
