"""An administrator looks a table through before it is imported, and downloads it as it is kept."""

from typing import Any

import pytest

from server.consults.service_tables import ServiceCoverage
from tests.cast import World
from tests.server.consults.consult_services import covered, offered
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

TABLE = "service,specialist,group,clinic,tier\nAdult psychiatry,psychiatrist@demo.test,,,2\n"
WRONG = f"{TABLE}Adult psychiatry,<x>@demo.test,,,9\n"


async def test_a_pasted_table_is_shown_and_imported_once_it_is_confirmed(site: World) -> None:
    await offered(site)
    browser = await site.signed_in("admin")
    assert "Check a table" in (await browser.get("/services/import")).text
    shown = await browser.post("/services/import", data={"table": TABLE})
    assert (shown.status_code, "1 line is right. Nothing is imported yet." in shown.text) == (200, True)
    assert await journey.rows(site, ServiceCoverage) == []
    done = await browser.post("/services/import", data={"table": TABLE, "confirmed": "1"})
    assert "1 line was imported." in done.text
    assert len(await journey.rows(site, ServiceCoverage)) == 1


async def test_errors_stand_next_to_their_line_and_nothing_is_imported(site: World) -> None:
    await offered(site)
    browser = await site.signed_in("admin")
    answer = await browser.post("/services/import", data={"table": WRONG, "confirmed": "1"})
    assert answer.status_code == 422
    assert "Nothing was imported: 1 line is wrong." in answer.text
    assert "Nobody who treats patients signs in with this address." in answer.text
    assert "The tier is 1, 2 or 3." in answer.text
    assert "&lt;x&gt;@demo.test,,,9" in answer.text
    assert await journey.rows(site, ServiceCoverage) == []


async def test_a_file_is_read_before_what_is_pasted(site: World) -> None:
    await offered(site)
    browser = await site.signed_in("admin")
    file = {"file": ("coverage.csv", TABLE.encode(), "text/csv")}
    answer = await browser.post("/services/import", data={"table": "x"}, files=file)
    assert "1 line is right" in answer.text
    pasted = await browser.post("/services/import", data={"table": TABLE}, files={"file": ("", b"", "text/csv")})
    assert "1 line is right" in pasted.text


async def test_what_is_no_table_is_refused_in_words(site: World) -> None:
    browser = await site.signed_in("admin")
    send: dict[str, Any]
    for send in (
        {"files": {"file": ("picture.png", b"\x89PNG\xff\xfe", "image/png")}},
        {"files": {"table": ("picture.png", b"PNG", "image/png")}},
        {"data": {"table": "a,b\nc,d\n"}},
        {"data": {}},
    ):
        answer = await browser.post("/services/import", **send)
        assert answer.status_code == 422
        assert 'class="error" id="table-error"' in answer.text


async def test_tables_are_downloaded_as_they_are_kept_and_that_is_audited(site: World) -> None:
    await covered(site, await offered(site), psychiatrist=1)
    browser = await site.signed_in("admin")
    for name, line in (("coverage", "Adult psychiatry,psychiatrist@demo.test,,,1"), ("specialists", "pcp@demo.test,5")):
        answer = await browser.get(f"/services/{name}.csv")
        assert line in answer.text
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert f'filename="{name}.csv"' in answer.headers["content-disposition"]
    assert len(await journey.audited(site, "export")) == 2
    assert (await (await site.signed_in("pcp")).get("/services/coverage.csv")).status_code == 403
