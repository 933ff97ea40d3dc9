"""The waiting room: nobody enters before being admitted, a place is kept, and Today shows it without a reload."""

import json
import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, WebSocket, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import ALVAREZ, prove, remote_video, start_and_admit, wait_for_frames
from tests.e2e.served import Served
from tests.e2e.short_way import enter, go_to_waiting_room, visit_now

DOCTOR = "Dr. R. Okafor"


def test_nothing_of_the_room_reaches_a_patient_who_is_not_admitted_whatever_the_client_sends(
    pcp: Page, patient: Page
) -> None:
    received: list[dict[str, Any]] = []
    answers: list[dict[str, object]] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(json.loads(str(frame))))

    patient.on("websocket", listen)
    patient.on("response", lambda r: answers.append(r.json()) if r.url.endswith("/visit/ticket") and r.ok else None)
    enter(pcp)
    sheet, link = visit_now(pcp)
    pcp.goto(f"{sheet}/call")
    go_to_waiting_room(patient, link)
    expect(pcp.get_by_role("button", name=re.compile("^Admit"))).to_be_visible()

    refusals = patient.evaluate(_FORGE, answers[-1]["ticket"])

    assert set(refusals) == {"not_admitted"}
    assert answers[-1]["standing"] == "waiting"
    assert answers[-1]["iceServers"] == []
    kinds = {str(message["type"]) for message in received}
    assert kinds <= {"welcome", "changed", "error"}
    assert all(not m["body"]["participants"] for m in received if m["type"] == "welcome")
    pictures = patient.locator("video").evaluate_all("(all) => all.map((v) => v.getAttribute('aria-label'))")
    assert set(pictures) <= {"Your camera", "You"}


# A client of a patient's own making: the same ticket, every message that only admitted people may send.
_FORGE = """(ticket) => new Promise((done) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/signaling");
  const said = [];
  const to = "0".repeat(8), link = "p2p:" + to;
  const body = { offer: { link, instance: "i", sdp: "v=0" }, answer: { link, instance: "i", re: "i", sdp: "v=0" },
    candidate: { link, instance: "i", candidate: null }, chat: { text: "let me in" } };
  const to_whom = (type) => (type === "chat" ? null : to);
  const send = (type, body, id) => socket.send(
    JSON.stringify({ v: 1, id, room: null, from: null, to: to_whom(type), epoch: 0, type, body }));
  socket.onopen = () => send("join", { ticket, instance: "forged" }, "j");
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "welcome") for (const type of Object.keys(body)) send(type, body[type], type);
    if (message.type === "error") said.push(message.body.code);
    if (said.length === 4) { socket.close(); done(said); }
  };
})"""


def test_a_patient_who_reloads_keeps_the_place_and_is_let_in_from_there(pcp: Page, patient: Page) -> None:
    enter(pcp)
    sheet, link = visit_now(pcp)
    go_to_waiting_room(patient, link)
    patient.reload()
    expect(patient.get_by_role("heading", name="You are in the waiting room")).to_be_visible()

    start_and_admit(pcp, sheet)

    wait_for_frames(patient, remote_video(patient, DOCTOR), 3)


def test_a_patient_who_comes_while_the_clinicians_page_has_no_line_is_shown_as_soon_as_it_has_one(
    pcp: Page, patient: Page
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    enter(pcp)
    sheet, link = visit_now(pcp)
    pcp.route("**/ticket", hold)
    pcp.goto(f"{sheet}/call")
    expect(pcp.get_by_text("M. Alvarez is not here yet")).to_be_visible()

    go_to_waiting_room(patient, link)
    for route in held:
        route.continue_()
    pcp.unroute("**/ticket")

    expect(pcp.get_by_role("button", name=re.compile("^Admit"))).to_be_visible()


def test_today_shows_who_comes_without_a_reload_and_admits_from_there(pcp: Page, patient: Page) -> None:
    enter(pcp)
    sheet, link = visit_now(pcp)
    pcp.goto("/today")
    waiting = pcp.get_by_role("region", name="Waiting room")
    before = waiting.get_by_role("button", name="Admit M. Alvarez").count()
    go_to_waiting_room(patient, link)

    expect(waiting.get_by_role("button", name="Admit M. Alvarez")).to_have_count(before + 1)
    expect(waiting.get_by_text("Missoula, MT").first).to_be_visible()
    waiting.locator("li", has=pcp.locator(f'a[href="{sheet}"]')).get_by_role("button", name="Admit M. Alvarez").click()

    wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"), 3)


def entry_with_delay(pcp: Page, patient: Page) -> Locator:
    """Choose a quarter of an hour for a patient who waits, and tell nobody yet; gives their entry."""
    enter(pcp)
    sheet, link = visit_now(pcp)
    go_to_waiting_room(patient, link)
    pcp.goto("/today")
    entry = pcp.get_by_role("region", name="Waiting room").locator("li", has=pcp.locator(f'a[href="{sheet}"]'))
    entry.get_by_role("combobox").select_option("15")
    return entry


def test_the_patient_reads_that_it_will_be_late(pcp: Page, patient: Page) -> None:
    entry = entry_with_delay(pcp, patient)
    entry.get_by_role("button", name="Tell patient").click()

    expect(patient.get_by_text("running about 15 minutes late")).to_be_visible()
    expect(patient.get_by_role("link", name="406-555-0142").first).to_be_visible()


def test_what_staff_have_chosen_stays_when_the_waiting_room_is_refreshed(pcp: Page, patient: Page) -> None:
    entry = entry_with_delay(pcp, patient)

    for _ in range(2):
        with pcp.expect_response("**/today/waiting"):
            pcp.evaluate("() => document.body.dispatchEvent(new CustomEvent('curbside:today'))")

    expect(entry.get_by_role("combobox")).to_have_value("15")


def test_a_second_browser_is_refused_until_staff_let_it_in_and_the_first_is_then_signed_out(
    pcp: Page, patient: Page, patient_chromium: Browser, served: Served
) -> None:
    enter(pcp)
    sheet, link = visit_now(pcp)
    go_to_waiting_room(patient, link)
    with person(patient_chromium, served.url, PHONE) as other:
        second = other.new_page()
        prove(second, link, ALVAREZ)
        expect(second.get_by_role("heading", name="Your visit is open on another device")).to_be_visible()
        second.goto("/visit/room")
        expect(second.get_by_role("heading", name="Please open your link again")).to_be_visible()
        second.goto("/visit/device")

        pcp.goto(sheet)
        pcp.get_by_role("button", name="Let in on this device").click()

        expect(second.get_by_role("heading", name="You are in the waiting room")).to_be_visible(timeout=10_000)
        expect(patient.get_by_role("heading", name="You are in the waiting room")).to_be_hidden()


def test_five_wrong_dates_lock_the_link_and_one_tap_on_today_unlocks_it(pcp: Page, patient: Page) -> None:
    enter(pcp)
    _, link = visit_now(pcp)
    for _ in range(5):
        prove(patient, link, {**ALVAREZ, "year": "1990"})
    expect(patient.get_by_role("heading", name="This link is locked")).to_be_visible()

    pcp.goto("/today")
    pcp.get_by_role("button", name="Unlock the link of M. Alvarez").first.click()
    prove(patient, link)

    expect(patient.get_by_role("heading", name="Before we start")).to_be_visible()
