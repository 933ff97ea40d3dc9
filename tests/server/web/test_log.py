"""The request log: what was asked for by its pattern, never by its path, because paths hold links and ids."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

from server.web import PUBLIC, page, set_up_logging

if TYPE_CHECKING:
    from tests.cast import World


async def lines_of(site: "World", path: str, **headers: str) -> list[Any]:
    with capture_logs() as logs:
        await site.browser().get(path, headers=headers)
    return [line for line in logs if line["event"] == "request"]


@pytest.mark.anyio
async def test_a_request_is_one_line_with_method_route_status_and_milliseconds(site: "World") -> None:
    (line,) = await lines_of(site, "/login")
    assert {name: line[name] for name in ("method", "route", "status")} == {
        "method": "GET",
        "route": "/login",
        "status": 200,
    }
    assert 0 < line["ms"] < 60_000


@pytest.mark.anyio
async def test_the_log_never_holds_a_link(site: "World") -> None:
    _, token = await site.visit()
    (line,) = await lines_of(site, f"/v/{token}?from=mail", Referer=f"http://127.0.0.1:8000/v/{token}")
    assert line["route"] == "/v/{token}"
    assert token not in repr(line)
    assert "mail" not in repr(line)


@pytest.mark.anyio
async def test_the_log_never_holds_an_id_or_an_unknown_path(site: "World") -> None:
    (known,) = await lines_of(site, f"/patients/{site.patient.id}")
    (unknown,) = await lines_of(site, "/Maria-Alvarez")
    assert (known["route"], unknown["route"]) == ("/patients/{patient_id}", "unknown")
    assert str(site.patient.id) not in repr(known)


@pytest.mark.anyio
async def test_the_log_never_holds_a_cookie(site: "World") -> None:
    (line,) = await lines_of(site, "/today", Cookie="curbside=a-stolen-secret")
    assert "a-stolen-secret" not in repr(line)


@pytest.mark.anyio
async def test_static_files_are_not_logged(site: "World") -> None:
    assert await lines_of(site, site.deps.templates.assets.url("css/tokens.css")) == []


@pytest.mark.anyio
async def test_a_request_that_broke_is_logged_as_500(site: "World") -> None:
    async def explode(_: Request) -> Response:
        raise RuntimeError

    site.app.router.routes.insert(0, page("/explode", explode, PUBLIC))
    (line,) = await lines_of(site, "/explode")
    assert (line["route"], line["status"]) == ("/explode", 500)


@pytest.fixture
def unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("unconfigured")
def test_a_line_is_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("info")
    structlog.get_logger("test").info("request", route="/login")
    printed = capsys.readouterr()
    line = json.loads(printed.err)
    assert (line["event"], line["route"], line["level"], printed.out) == ("request", "/login", "info", "")
    assert line["timestamp"].endswith("Z")


@pytest.mark.usefixtures("unconfigured")
def test_an_errors_trace_is_part_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("info")
    structlog.get_logger("test").error("unhandled", exc_info=RuntimeError("broken"))
    assert "RuntimeError: broken" in json.loads(capsys.readouterr().err)["exception"]


@pytest.mark.usefixtures("unconfigured")
def test_less_is_logged_when_less_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("warning")
    structlog.get_logger("test").info("request")
    assert capsys.readouterr().err == ""
