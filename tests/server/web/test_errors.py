"""Errors as answers: a page for people, JSON for scripts, a redirect for parts of pages; nothing of the inside."""

from typing import TYPE_CHECKING, Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from server.access import Action, Decision, Record, Why, refusal
from server.kit import Conflict, CurbsideError, Forbidden, Gone, Invalid, NotFound, SignInNeeded, TooMany
from server.kit.ids import new_id
from server.web import BACKGROUND, PUBLIC, Policy, page, patients, staff
from server.web.errors import WORDS, exception_handlers

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio

SCRIPT = {"Accept": "application/json"}
PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
KNOWN: list[CurbsideError] = [
    SignInNeeded(),
    Forbidden(),
    NotFound(),
    Conflict("The visit is over."),
    Gone(),
    Invalid({"phone": "Enter 10 digits, like 406-555-0123."}, {"phone": "12"}),
    TooMany("Wait a minute.", 60),
]


async def ask(
    site: "World", error: Exception, policy: Policy = PUBLIC, method: str = "GET", headers: dict[str, str] | None = None
) -> Any:
    async def fail(_: Request) -> Response:
        raise error

    site.app.router.routes.insert(0, page("/fails", fail, policy, "GET", "POST"))
    return await site.browser().request(method, "/fails", headers=headers)


@pytest.mark.parametrize("error", KNOWN, ids=lambda error: type(error).__name__)
async def test_a_script_gets_json_with_the_status(site: "World", error: CurbsideError) -> None:
    answer = await ask(site, error, headers=SCRIPT)
    assert answer.status_code == answer.json()["error"] == error.status
    assert answer.json()["message"]


@pytest.mark.parametrize("error", KNOWN[1:], ids=lambda error: type(error).__name__)
async def test_a_person_gets_a_page_that_says_what_to_do(site: "World", error: CurbsideError) -> None:
    answer = await ask(site, error)
    assert answer.status_code == error.status
    assert answer.headers["content-type"].startswith("text/html")
    title, advice = WORDS[error.status]
    assert title in answer.text
    assert (error.message or advice) in answer.text


async def test_what_is_wrong_with_a_field_is_told_to_a_script(site: "World") -> None:
    answer = await ask(site, KNOWN[5], headers=SCRIPT)
    assert answer.json()["fields"] == {"phone": "Enter 10 digits, like 406-555-0123."}


async def test_an_error_is_said_in_the_persons_language(site: "World") -> None:
    answer = await ask(site, NotFound(), headers=SCRIPT | {"Accept-Language": "es"})
    assert answer.json()["message"] != WORDS[404][1]


async def test_how_long_to_wait_is_told(site: "World") -> None:
    assert (await ask(site, TooMany("Wait.", 30))).headers["retry-after"] == "30"


async def test_who_is_signed_out_is_led_to_sign_in_and_back(site: "World") -> None:
    answer = await site.browser().get("/today")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/today")


async def test_after_a_post_there_is_no_way_back(site: "World") -> None:
    answer = await ask(site, SignInNeeded(), staff(Action.SEE_TODAY), "POST")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_a_part_of_a_page_leads_the_whole_page_to_sign_in(site: "World") -> None:
    answer = await ask(site, SignInNeeded(), staff(Action.SEE_TODAY), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"], answer.text) == (204, "/login", "")


async def test_a_script_of_a_signed_out_page_is_told_so(site: "World") -> None:
    answer = await site.browser().post("/lobby/ticket", headers=SCRIPT)
    assert answer.status_code == 401


async def test_a_patient_is_never_sent_to_the_staffs_sign_in(site: "World") -> None:
    answer = await ask(site, SignInNeeded(), patients(Action.ATTEND_VISIT))
    assert answer.status_code == 401
    assert "location" not in answer.headers
    assert "Open the link from your message again" in answer.text


async def test_a_patients_script_reads_the_same(site: "World") -> None:
    answer = await ask(site, SignInNeeded(), patients(Action.ATTEND_VISIT), headers=SCRIPT)
    assert "Open the link from your message again" in answer.json()["message"]


async def test_an_unknown_address_is_a_page_too(site: "World") -> None:
    answer = await site.browser().get("/nothing")
    assert answer.status_code == 404
    assert WORDS[404][0] in answer.text


async def test_a_method_that_a_page_does_not_take_names_those_it_does(site: "World") -> None:
    answer = await site.browser().delete("/today")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_who_opens_an_address_that_only_takes_a_form_is_led_to_the_page_on_which_the_form_stands(
    site: "World",
) -> None:
    consult = f"/consults/{new_id()}/answer"
    answer = await site.browser().get(f"{consult}/sign", headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (303, consult)


@pytest.mark.parametrize("headers", [SCRIPT, PERSON | {"HX-Request": "true"}, PERSON | {BACKGROUND: "1"}])
async def test_what_a_page_asks_for_by_itself_is_not_led_elsewhere(site: "World", headers: dict[str, str]) -> None:
    assert (await site.browser().get("/account/passkeys/options", headers=headers)).status_code == 405


@pytest.mark.parametrize(("status", "words"), [(400, WORDS[422]), (418, WORDS[422]), (502, WORDS[500])])
async def test_a_status_without_words_of_its_own_says_whose_fault_it_is(
    site: "World", status: int, words: tuple[str, str]
) -> None:
    answer = await ask(site, HTTPException(status))
    assert answer.status_code == status
    assert words[0] in answer.text


async def test_a_form_that_cannot_be_read_is_the_senders_fault(site: "World") -> None:
    broken = b"--x\r\nnot a header\r\n"
    answer = await site.browser().post(
        "/login", content=broken, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 400


async def test_what_nobody_expected_shows_nothing_of_the_inside(site: "World") -> None:
    with capture_logs() as logs:
        answer = await ask(site, RuntimeError("SELECT phone FROM patient"))
    assert answer.status_code == 500
    assert WORDS[500][0] in answer.text
    assert "SELECT" not in answer.text
    assert "RuntimeError" not in answer.text
    assert [line["kind"] for line in logs if line["event"] == "unhandled"] == ["RuntimeError"]


async def test_a_script_gets_json_for_what_nobody_expected(site: "World") -> None:
    answer = await ask(site, RuntimeError(), headers=SCRIPT)
    assert (answer.status_code, answer.json()["error"]) == (500, 500)


async def test_a_server_without_its_database_answers_with_a_page(
    site: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await site.signed_in("pcp")

    def fails(*_: object) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr("server.identity.middleware.session_by_hash", fails)
    answer = await browser.get("/today")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"]
    assert WORDS[500][0] in answer.text


async def test_an_answer_that_breaks_half_way_is_cut_and_not_continued(site: "World") -> None:
    class Half(Response):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise RuntimeError

    async def stream(_: Request) -> Response:
        return Half()

    site.app.router.routes.insert(0, page("/half", stream, PUBLIC))
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read of a GET")

    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/half",
        "headers": [],
        "query_string": b"",
        "client": None,
    }
    with pytest.raises(RuntimeError):
        await site.app(scope, receive, send)
    assert [message["type"] for message in messages].count("http.response.start") == 1


async def test_the_tree_of_errors_is_mapped_once() -> None:
    assert set(exception_handlers()) == {CurbsideError, HTTPException}


async def test_a_missing_tie_has_words_of_its_own_in_both_forms(site: "World") -> None:
    error = refusal(Action.READ_VISIT, Decision(False, True, Why.NO_TIE), Record(site.clinic.organization_id))
    assert "not part of this patient" in (await ask(site, error, headers=SCRIPT)).json()["message"]
    answer = await ask(site, error)
    assert "Not your patient" in answer.text
    assert "Not for your role" not in answer.text
    assert "/emergency" not in answer.text


async def test_who_may_break_the_glass_is_shown_the_way(site: "World") -> None:
    asked = Record(site.clinic.organization_id, patient_id=site.patient.id)
    error = refusal(Action.READ_VISIT, Decision(False, True, Why.NO_TIE), asked)

    async def fail(_: Request) -> Response:
        raise error

    site.app.router.routes.insert(0, page("/fails", fail, staff(Action.USE_OWN_ACCOUNT)))
    shown = {who: (await (await site.signed_in(who)).get("/fails")).text for who in ("psychiatrist", "frontdesk")}
    way = f'href="/patients/{site.patient.id}/emergency"'
    assert (way in shown["psychiatrist"], way in shown["frontdesk"]) == (True, False)
