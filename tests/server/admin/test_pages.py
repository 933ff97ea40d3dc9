"""The administrators' first page."""

import pytest

from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_an_administrator_has_a_page_to_begin_at(site: World) -> None:
    answer = await (await site.signed_in("admin")).get("/admin")
    assert answer.status_code == 200
    assert "<h1>Administration</h1>" in answer.text


@pytest.mark.parametrize("who", ["pcp", "psychiatrist", "caremanager", "frontdesk", "outsider"])
async def test_nobody_else_has(site: World, who: str) -> None:
    assert (await (await site.signed_in(who)).get("/admin")).status_code == 403
