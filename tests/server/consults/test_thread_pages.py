"""The thread of a case in a browser: written in with files, taken by who matched, passed on, and closed to others."""

import pytest

from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.written_cases import PDF, PNG, SECRET, asked, kept, noted, taken

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.anyio


async def test_a_message_with_a_file_is_read_by_the_other_side(site: World) -> None:
    consult_id = await taken(site)
    pcp, brandt = await site.signed_in("pcp"), await site.signed_in("psychiatrist")
    form = {"key": str(new_id()), "body": SECRET}
    sent = await pcp.post(f"/consults/{consult_id}/thread", data=form, files=[("files", ("ECG 1.png", PNG))])
    assert sent.status_code == 303
    page = await brandt.get(f"/consults/{consult_id}/thread")
    assert all(words in page.text for words in (SECRET, "ECG 1.png", "Dr. R. Okafor"))
    part = await brandt.get(f"/consults/{consult_id}/thread", headers=HTMX)
    assert "<html" not in part.text


async def test_a_file_is_given_as_what_it_is_and_can_do_nothing(site: World) -> None:
    consult_id, pcp = await taken(site), await site.signed_in("pcp")
    files = [("files", ("scan.png", PNG)), ("files", ("letter.pdf", PDF))]
    page = (await pcp.post(f"/consults/{consult_id}/thread", data={}, files=files, headers=HTMX)).text
    addresses = [part.partition('"')[0] for part in page.split('href="')[1:] if "/attachments/" in part]
    picture, letter = [await pcp.get(address) for address in addresses]
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.headers["content-disposition"] == 'inline; filename="scan.png"'
    assert letter.headers["content-disposition"] == 'attachment; filename="letter.pdf"'
    for who, status in (("rivera", 403), ("outsider", 404), ("frontdesk", 403)):
        assert (await (await site.signed_in(who)).get(addresses[0])).status_code == status


async def test_what_is_wrong_with_a_message_is_said_next_to_its_field_and_what_was_typed_is_kept(site: World) -> None:
    consult_id, pcp = await taken(site), await site.signed_in("pcp")
    page = await pcp.post(
        f"/consults/{consult_id}/thread", data={"body": SECRET}, files=[("files", ("page.png", b"<html>"))]
    )
    assert (page.status_code, "files-error" in page.text, SECRET in page.text) == (422, True, True)
    empty = await pcp.post(f"/consults/{consult_id}/thread", data={"body": " "})
    assert (empty.status_code, "Write something, or attach a file." in empty.text) == (422, True)


async def test_more_files_or_larger_ones_than_a_form_may_have_are_not_read(site: World) -> None:
    consult_id, pcp = await taken(site), await site.signed_in("pcp")
    many = [("files", (f"{number}.png", PNG)) for number in range(5)]
    assert (await pcp.post(f"/consults/{consult_id}/thread", data={}, files=many)).status_code == 400
    huge = [("files", ("a.png", PNG + bytes(41 * 1024 * 1024)))]
    assert (await pcp.post(f"/consults/{consult_id}/thread", data={}, files=huge)).status_code == 413


async def test_who_matched_reads_the_headline_takes_the_case_and_then_reads_all_of_it(site: World) -> None:
    consult_id = await asked(site)
    rivera = await site.signed_in("rivera")
    head = await rivera.get(f"/consults/{consult_id}/thread")
    assert ("Take this case" in head.text, "Alvarez" in head.text) == (True, False)
    assert (await rivera.post(f"/consults/{consult_id}/take")).status_code == 303
    assert "Your message" in (await rivera.get(f"/consults/{consult_id}/thread")).text
    late = await (await site.signed_in("psychiatrist")).post(f"/consults/{consult_id}/take")
    assert (late.status_code, "A colleague has taken this case." in late.text) == (409, True)


async def test_a_case_is_passed_on_and_what_is_missing_is_said(site: World) -> None:
    consult_id, brandt = await taken(site), await site.signed_in("psychiatrist")
    unsaid = await brandt.post(f"/consults/{consult_id}/pass-on", data={"whom": ""})
    assert (unsaid.status_code, "Choose a colleague or a group." in unsaid.text) == (422, True)
    done = await brandt.post(f"/consults/{consult_id}/pass-on", data={"whom": str(site.accounts["rivera"].id)})
    assert (done.status_code, (await kept(site, consult_id)).accepted_by) == (303, None)
    assert "Given to R" in (await brandt.get(f"/consults/{consult_id}/thread")).text
    again = await brandt.post(f"/consults/{consult_id}/pass-on", data={"whom": str(site.accounts["rivera"].id)})
    assert again.status_code in {403, 409}


async def test_a_case_that_is_answered_is_not_passed_on(site: World) -> None:
    consult_id = await taken(site, status="answered", accepted_by=site.accounts["psychiatrist"].id)
    brandt = await site.signed_in("psychiatrist")
    late = await brandt.post(f"/consults/{consult_id}/pass-on", data={"whom": str(site.accounts["rivera"].id)})
    assert (late.status_code, "moved on" in late.text) == (409, True)


async def test_how_it_stands_towards_its_due_time_is_said_in_words(site: World) -> None:
    consult_id, pcp = await asked(site), await site.signed_in("pcp")
    assert "Due Wednesday" in (await pcp.get(f"/consults/{consult_id}/thread")).text
    site.clock.pass_(hours=11)
    pcp = await site.signed_in("pcp")
    site.clock.pass_(hours=0)
    assert "Nobody has taken this case yet." in (await pcp.get(f"/consults/{consult_id}/thread")).text
    site.clock.pass_(hours=14)
    assert "Was due Wednesday" in (await (await site.signed_in("pcp")).get(f"/consults/{consult_id}/thread")).text


async def test_every_look_at_a_thread_is_in_the_trail_and_a_stranger_finds_nothing(site: World) -> None:
    consult_id = await taken(site)
    before = len(await noted(site, "read"))
    await (await site.signed_in("pcp")).get(f"/consults/{consult_id}/thread")
    assert len(await noted(site, "read")) == before + 1
    for who, status in (("outsider", 404), ("rivera", 200), ("frontdesk", 403)):
        assert (await (await site.signed_in(who)).get(f"/consults/{consult_id}/thread")).status_code == status
