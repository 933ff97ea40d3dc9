"""The answer of a case in a browser: drafted, added to and signed without a script, and read by who asked."""

import pytest

from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.answered_cases import ADVICE, SECRET_ADVICE, answer, signed
from tests.server.consults.written_cases import asked, noted, taken

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.anyio


async def test_a_draft_is_written_piece_by_piece_and_kept_as_it_was_typed(site: World) -> None:
    consult_id, brandt = await taken(site), await site.signed_in("psychiatrist")
    path = f"/consults/{consult_id}/answer"
    assert "Sign answer" in (await brandt.get(path)).text
    added = await brandt.post(path, data={"impression": "Hm", "items": "", "version": "0", "add": "medication"})
    assert added.headers["location"].endswith("#1.what")
    page = (await brandt.get(path)).text
    assert 'name="1.dose"' in page
    await brandt.post(path, data={**ADVICE, "version": "1"})
    assert SECRET_ADVICE in (await brandt.get(f"{path}?saved=1")).text
    await brandt.post(path, data={**ADVICE, "version": "2", "remove": "1"})
    assert SECRET_ADVICE not in (await brandt.get(path)).text


async def test_what_was_asked_stands_beside_the_answer(site: World) -> None:
    consult_id, brandt = await taken(site, consent_at=site.clock.now), await site.signed_in("psychiatrist")
    asked_for = (await brandt.get(f"/consults/{consult_id}/answer")).text.partition('id="asked-head"')[2]
    assert all(words in asked_for for words in ("What next?", "Recorded"))


async def test_an_older_tab_reads_that_there_is_a_newer_draft_and_loses_nothing(site: World) -> None:
    consult_id, brandt = await taken(site), await site.signed_in("psychiatrist")
    path = f"/consults/{consult_id}/answer"
    await brandt.post(path, data={**ADVICE, "version": "0"})
    for address in (path, f"{path}/sign"):
        late = await brandt.post(address, data={"impression": "The other tab", "items": "", "version": "0"})
        assert late.status_code == 409
        assert all(words in late.text for words in ("The other tab", SECRET_ADVICE, 'name="version" value="1"'))


async def test_what_must_be_mended_is_said_next_to_its_field(site: World) -> None:
    consult_id, brandt = await taken(site), await site.signed_in("psychiatrist")
    form = {**ADVICE, "1.dose": "", "version": "0"}
    page = await brandt.post(f"/consults/{consult_id}/answer/sign", data=form)
    assert (page.status_code, 'id="1.dose-error"' in page.text, SECRET_ADVICE in page.text) == (422, True, True)


async def test_a_signed_answer_is_read_by_who_asked_and_a_draft_is_not(site: World) -> None:
    consult_id, brandt, pcp = await taken(site), await site.signed_in("psychiatrist"), await site.signed_in("pcp")
    path = f"/consults/{consult_id}/answer"
    await brandt.post(path, data={**ADVICE, "version": "0"})
    draft = await pcp.get(path)
    assert (SECRET_ADVICE in draft.text, "No answer yet." in draft.text) == (False, True)
    assert "Draft saved at" in (await brandt.get(path, headers=HTMX)).text
    assert (await brandt.post(f"{path}/sign", data={**ADVICE, "version": "1"})).status_code == 303
    read = (await pcp.get(path)).text
    assert all(words in read for words in (SECRET_ADVICE, "Signed", "Dr. L. Brandt", "in 28 days"))
    assert (await brandt.post(path, data={**ADVICE, "version": "2"})).status_code == 410


async def test_words_are_added_to_a_signed_answer(site: World) -> None:
    consult_id, brandt = await signed(site), await site.signed_in("psychiatrist")
    path = f"/consults/{consult_id}/answer"
    empty = await brandt.post(f"{path}/addendum", data={"addendum": " ", "key": str(new_id())})
    assert (empty.status_code, "addendum-error" in empty.text) == (422, True)
    await brandt.post(f"{path}/addendum", data={"addendum": "Check sodium too", "key": str(new_id())})
    assert "Check sodium too" in (await (await site.signed_in("pcp")).get(path)).text


async def test_the_patient_s_page_lists_the_answers_for_who_is_tied_to_the_patient(site: World) -> None:
    consult_id, path = await signed(site), f"/patients/{site.patient.id}/consults"
    pcp, rivera = await site.signed_in("pcp"), await site.signed_in("rivera")
    assert f'hx-get="{path}"' in (await pcp.get(f"/patients/{site.patient.id}")).text
    listed = await pcp.get(path, headers=HTMX)
    assert (f"/consults/{consult_id}/answer" in listed.text, "<html" in listed.text) == (True, False)
    assert "2 recommendations" in (await pcp.get(path)).text
    assert (await rivera.get(path)).status_code == 403
    closed = await rivera.get(path, headers=HTMX)
    assert (closed.status_code, str(consult_id) in closed.text) == (200, False)
    assert (await (await site.signed_in("outsider")).get(path)).status_code == 404


async def test_the_page_of_a_case_shows_its_answer_and_its_thread_by_address(site: World) -> None:
    consult_id, pcp = await asked(site), await site.signed_in("pcp")
    page = (await pcp.get(f"/consults/{consult_id}")).text
    assert all(f'hx-get="/consults/{consult_id}/{part}"' in page for part in ("answer", "thread"))


async def test_every_look_at_an_answer_is_in_the_trail_and_a_stranger_finds_nothing(site: World) -> None:
    consult_id = await signed(site)
    before = len(await noted(site, "read"))
    await (await site.signed_in("pcp")).get(f"/consults/{consult_id}/answer")
    assert len(await noted(site, "read")) == before + 1
    for who, status in (("outsider", 404), ("rivera", 403), ("frontdesk", 403), ("caremanager", 200)):
        assert (await (await site.signed_in(who)).get(f"/consults/{consult_id}/answer")).status_code == status
    assert (await answer(site, consult_id)).version == 1
