"""Limits on tries: counted by name and key, said with how long to wait."""

from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response

from server.kit import TooMany
from server.web import PUBLIC, Limits, deps, page, see_other

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_tries_within_the_limit_pass() -> None:
    limits = Limits()
    for _ in range(3):
        await limits.spend("sign-in", "3/minute", "192.0.2.7")


async def test_one_more_is_refused_with_the_seconds_to_wait() -> None:
    limits = Limits()
    await limits.spend("sign-in", "1/minute", "192.0.2.7")
    with pytest.raises(TooMany) as raised:
        await limits.spend("sign-in", "1/minute", "192.0.2.7")
    assert raised.value.retry_after == 60


async def test_a_refused_try_does_not_make_the_wait_longer_for_another_limit() -> None:
    limits = Limits()
    await limits.spend("sign-in", "1/minute", "192.0.2.7")
    await limits.spend("link", "1/minute", "192.0.2.7")


async def test_one_persons_tries_are_not_anothers() -> None:
    limits = Limits()
    await limits.spend("sign-in", "1/minute", "192.0.2.7")
    await limits.spend("sign-in", "1/minute", "192.0.2.8")


async def test_over_http_it_is_a_429_that_says_when_to_come_back(site: "World") -> None:
    async def once(request: Request) -> Response:
        await deps(request).limits.spend("test", "1/minute", "everybody")
        return see_other("/")

    site.app.router.routes.insert(0, page("/once", once, PUBLIC))
    browser = site.browser()
    first, second = await browser.get("/once"), await browser.get("/once")
    assert (first.status_code, second.status_code) == (303, 429)
    assert second.headers["retry-after"] == "60"
    assert "Wait a minute" in second.text
