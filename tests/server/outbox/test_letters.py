"""How a mail is written: the same bytes at every attempt, and an invitation that calendars recognise (RFC 6047)."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

from server.outbox.letters import Calendar, Letter, compose
from server.settings import Settings

ROW = UUID("0198c0de-0000-7000-8000-000000000001")
QUEUED = datetime(2026, 11, 24, 17, tzinfo=UTC)
INVITATION = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Visita de Señora Álvarez\r\nEND:VCALENDAR\r\n"
SETTINGS = Settings(public_url="https://visits.example.org", mail_from="Cedar Creek <no-reply@c.test>")


def letter(calendar: Calendar | None = None) -> Letter:
    return Letter(ROW, QUEUED, "m.alvarez@example.org", "Your visit", "It is tomorrow.\n", calendar)


def test_a_letter_written_twice_is_the_same_to_the_byte() -> None:
    invited = letter(Calendar("REQUEST", INVITATION))
    assert bytes(compose(SETTINGS, invited)) == bytes(compose(SETTINGS, invited))
    assert bytes(compose(SETTINGS, letter())) == bytes(compose(SETTINGS, letter()))


def test_the_message_id_is_the_row() -> None:
    assert compose(SETTINGS, letter())["Message-ID"] == f"<{ROW}@visits.example.org>"


def test_without_an_invitation_it_is_plain_text() -> None:
    assert compose(SETTINGS, letter()).get_content_type() == "text/plain"


def test_an_invitation_is_another_form_of_the_same_mail() -> None:
    message = compose(SETTINGS, letter(Calendar("REQUEST", INVITATION)))
    assert message.get_content_type() == "multipart/alternative"
    plain, calendar = message.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert calendar.get_content_type() == "text/calendar"
    assert dict(calendar["Content-Type"].params) == {"charset": "utf-8", "method": "REQUEST", "component": "VEVENT"}


def test_a_cancellation_says_so_in_its_type() -> None:
    message = compose(SETTINGS, letter(Calendar("CANCEL", INVITATION)))
    assert [part["Content-Type"].params.get("method") for part in message.iter_parts()] == [None, "CANCEL"]


def test_the_lines_of_an_invitation_arrive_with_crlf_whatever_carries_them() -> None:
    for carrying in (policy.default, policy.SMTP):
        arrived = message_from_bytes(
            compose(SETTINGS, letter(Calendar("REQUEST", INVITATION))).as_bytes(policy=carrying), policy=policy.default
        )
        payload = list(arrived.iter_parts())[1].get_payload(decode=True)
        assert payload == INVITATION.encode()
