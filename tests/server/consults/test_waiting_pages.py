"""What waits is shown with its headline alone, as a page and as a part of others."""

import pytest

from tests.cast import World
from tests.server.consults.written_cases import asked, taken

pytestmark = pytest.mark.anyio


async def test_a_case_to_take_is_shown_without_what_it_is_about(site: World) -> None:
    consult_id, rivera = await asked(site), await site.signed_in("rivera")
    page = (await rivera.get("/consults/waiting")).text
    assert f"/consults/{consult_id}/thread" in page
    assert "Alvarez" not in page
    part = await rivera.get("/consults/waiting", headers={"HX-Request": "true"})
    assert ("<html" in part.text, "To take" in part.text) == (False, True)


async def test_who_has_nothing_to_do_reads_so_and_the_part_is_empty(site: World) -> None:
    pcp = await site.signed_in("pcp")
    assert "Nothing to do" in (await pcp.get("/consults/waiting")).text
    assert (await pcp.get("/consults/waiting", headers={"HX-Request": "true"})).text.strip() == ""


async def test_the_list_of_consults_and_today_show_it(site: World) -> None:
    brandt = await site.signed_in("psychiatrist")
    for address, part in (("/today", "/consults/waiting?on=today"), ("/consults", "/consults/waiting")):
        assert f'hx-get="{part}"' in (await brandt.get(address)).text


async def test_what_a_specialist_s_today_lists_by_itself_is_not_listed_twice(site: World) -> None:
    await taken(site)
    brandt = await site.signed_in("psychiatrist")
    part = {"hx-request": "true"}
    assert "To answer" in (await brandt.get("/consults/waiting", headers=part)).text
    assert "To answer" not in (await brandt.get("/consults/waiting?on=today", headers=part)).text
