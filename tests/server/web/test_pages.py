"""The health checks and the language switch."""

from typing import TYPE_CHECKING

import pytest

from server.db import Database

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_healthz_says_that_the_process_answers(site: "World") -> None:
    answer = await site.browser().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_readyz_says_that_the_database_answers(world: "World") -> None:
    answer = await world.browser().get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_without_its_database_a_server_is_alive_and_not_ready(
    site: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: Database) -> bool:
        raise OSError("connection to 10.0.0.5 refused")

    monkeypatch.setattr(Database, "ready", fails)
    browser = site.browser()
    assert (await browser.get("/healthz")).status_code == 200
    answer = await browser.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database does not answer\n")


async def test_a_server_that_shuts_down_takes_no_new_people(site: "World") -> None:
    await site.live.close()
    answer = await site.browser().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "shutting down\n")


async def test_a_server_that_does_not_reach_the_others_takes_no_new_people(
    site: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.app.state, "ready", lambda: "backplane does not answer")
    answer = await site.browser().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "backplane does not answer\n")


async def test_the_language_switch_is_remembered_by_the_browser(site: "World") -> None:
    browser = site.browser()
    answer = await browser.post("/language", data={"language": "es", "back": "/login"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "Max-Age=31536000" in answer.headers["set-cookie"]
    assert '<html lang="es">' in (await browser.get("/login")).text


async def test_the_language_switch_leads_back_to_what_was_looked_at(site: "World") -> None:
    page = await (await site.signed_in("pcp")).get("/tasks?view=overdue&page=2")
    assert '<input type="hidden" name="back" value="/tasks?view=overdue&amp;page=2">' in page.text


async def test_a_language_that_is_not_offered_changes_nothing(site: "World") -> None:
    answer = await site.browser().post("/language", data={"language": "xx"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.org",
        "//evil.example.org",
        "/\\evil.example.org",
        "\\\\evil",
        "javascript:alert(1)",
        "",
        "x",
    ],
)
async def test_the_language_switch_leads_nowhere_else(site: "World", elsewhere: str) -> None:
    answer = await site.browser().post("/language", data={"language": "es", "back": elsewhere})
    assert answer.headers["location"] == "/"
