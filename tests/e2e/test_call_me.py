"""A patient on a phone who would rather be called: from the dialog in the waiting room to the doctor who calls."""

import re

from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.served import Served
from tests.e2e.short_way import enter, go_to_waiting_room, visit_now
from tests.e2e.test_accessibility import AXE, check, with_axe


class Line:
    """The connection of a page to signaling, until it is cut; then none is made any more."""

    def __init__(self) -> None:
        self._sockets: list[WebSocketRoute] = []
        self._is_cut = False

    def connect(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            socket.close()
            return
        socket.connect_to_server()
        self._sockets.append(socket)

    def cut(self) -> None:
        self._is_cut = True
        for socket in self._sockets:
            socket.close()


def test_a_patient_asks_to_be_called_and_reads_who_calls_also_without_the_call_s_connection(
    pcp: Page, patient_chromium: Browser, served: Served
) -> None:
    with person(patient_chromium, served.url, PHONE) as theirs:
        patient = with_axe(theirs)
        pcp.context.add_init_script(path=AXE)
        line = Line()
        patient.route_web_socket(re.compile("/signaling"), line.connect)
        enter(pcp)
        sheet, link = visit_now(pcp)
        pcp.goto(f"{sheet}/call")
        go_to_waiting_room(patient, link)
        line.cut()
        patient.locator("[data-state=waiting]").get_by_role("link", name="Call me instead").click()
        dialog = patient.get_by_role("dialog", name="Call me instead")
        expect(dialog.get_by_label("Your phone number")).to_have_value("406-555-0177")
        check(patient)
        dialog.get_by_label("Your phone number").fill("12")
        dialog.get_by_role("button", name="Ask to be called").click()
        expect(dialog.get_by_text("Enter 10 digits")).to_be_visible()
        dialog.get_by_label("Your phone number").fill("406 555 0188")
        dialog.get_by_role("button", name="Ask to be called").click()
        expect(dialog.get_by_text("You will be called at 406-555-0188")).to_be_visible()
        check(patient)

        expect(pcp.get_by_role("link", name="406-555-0188")).to_have_attribute("href", "tel:406-555-0188")
        check(pcp)
        pcp.get_by_role("button", name="I will call M. Alvarez").click()
        expect(pcp.get_by_text("You call.")).to_be_visible()
        dialog.get_by_role("button", name="Close").click()
        patient.locator("[data-state=waiting]").get_by_role("link", name="Call me instead").click()
        expect(dialog.get_by_text("Dr. R. Okafor will call you at 406-555-0188")).to_be_visible()
        pcp.get_by_role("button", name="Done: M. Alvarez was called").click()
        expect(pcp.get_by_text("asks to be called")).to_have_count(0)
