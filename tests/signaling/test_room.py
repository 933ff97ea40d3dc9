"""What a call room does, as scripted plays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signaling import effects, events, ports, protocol
from signaling.room import KEPT_LINES, heartbeat
from signaling.roster import GRACE
from tests.playbook import NOON, RoomPlay, chat, message, offer

MEDIA = {"microphone": True, "camera": True, "screen": False}


@pytest.fixture
def play() -> RoomPlay:
    return RoomPlay()


@pytest.fixture
def visit(play: RoomPlay) -> RoomPlay:
    """The practitioner and the admitted patient are in the room."""
    return play.comes("pcp").comes("patient").forget()


@pytest.fixture
def waiting(play: RoomPlay) -> RoomPlay:
    """The practitioner is in the room, the patient waits."""
    return play.comes("pcp").comes("patient", "waiting").forget()


# Coming


def test_who_comes_first_is_welcomed_to_an_empty_room(play: RoomPlay) -> None:
    play.comes("pcp")
    (welcome,) = play.messages("pcp")
    assert (welcome.body.self, welcome.body.standing, welcome.body.participants) == ("pcp", "admitted", ())


def test_who_comes_second_is_told_who_is_there_and_the_others_that_they_came(play: RoomPlay) -> None:
    play.comes("pcp").says("pcp", message("media", MEDIA)).forget().comes("patient")
    (welcome,) = play.messages("patient")
    (there,) = welcome.body.participants
    assert (there.id, there.name, there.role, there.media.camera) == ("pcp", "Dr. R. Okafor", "practitioner", True)
    (joined,) = play.messages("pcp")
    assert (joined.type, joined.body.participant.id) == ("joined", "patient")


def test_who_comes_while_nobody_is_there_is_announced_to_nobody(play: RoomPlay) -> None:
    play.comes("pcp")
    assert not [effect for effect in play.effects if isinstance(effect, effects.Send)]


def test_a_waiting_patient_is_told_nobodys_name_and_nobody_is_told_theirs(play: RoomPlay) -> None:
    play.comes("pcp").forget().comes("patient", "waiting")
    (welcome,) = play.messages("patient")
    assert (welcome.body.standing, welcome.body.participants) == ("waiting", ())
    assert play.heard("pcp") == []


def test_the_application_is_told_of_everyone_who_comes_waiting_or_not(play: RoomPlay) -> None:
    play.comes("pcp").comes("patient", "waiting")
    assert play.facts() == [
        ports.Joined("visit", "pcp", "admitted", "pcp", NOON),
        ports.Joined("visit", "patient", "waiting", "patient", NOON),
    ]


def test_an_admitted_ticket_on_the_same_connection_lets_the_waiting_patient_in(waiting: RoomPlay) -> None:
    waiting.comes("patient", "admitted")
    (welcome,) = waiting.messages("patient")
    assert [p.id for p in welcome.body.participants] == ["pcp"]
    assert waiting.heard("pcp") == ["joined"]
    assert waiting.facts() == [ports.Joined("visit", "patient", "admitted", "patient", NOON)]


def test_media_announced_while_waiting_is_known_on_admission(waiting: RoomPlay) -> None:
    waiting.says("patient", message("media", MEDIA))
    assert waiting.heard("pcp") == []
    waiting.comes("patient", "admitted")
    assert waiting.messages("pcp")[0].body.participant.media.camera is True


def test_showing_the_same_standing_again_is_welcomed_and_disturbs_nobody(visit: RoomPlay) -> None:
    visit.comes("patient")
    assert (visit.heard("patient"), visit.heard("pcp"), visit.facts()) == (["welcome"], [], [])


def test_a_waiting_ticket_takes_an_admitted_participant_out_of_the_call(visit: RoomPlay) -> None:
    visit.comes("patient", "waiting")
    assert visit.heard("pcp") == ["left"]
    visit.forget().says("pcp", offer("patient"))
    assert visit.messages("pcp")[0].body.code == "unknown_recipient"


def test_a_second_connection_replaces_the_first(visit: RoomPlay) -> None:
    visit.comes("patient", by="patient-2", page="page-2")
    assert visit.closed("patient") == 4002
    assert visit.heard("patient-2") == ["welcome"]
    assert visit.messages("pcp")[0].body.participant.instance == "page-2"
    visit.forget().loses("patient")
    assert visit.effects == []


def test_a_replaced_connection_can_say_nothing_more(visit: RoomPlay) -> None:
    visit.comes("patient", by="patient-2").forget().says("patient", offer("pcp"))
    assert visit.effects == []


# Going


def test_a_lost_connection_is_kept_secret_for_the_grace(visit: RoomPlay) -> None:
    visit.loses("patient")
    assert (visit.heard("pcp"), visit.facts()) == ([], [])


def test_who_stays_away_longer_than_the_grace_has_left(visit: RoomPlay) -> None:
    visit.loses("patient").passes(GRACE.total_seconds())
    assert visit.messages("pcp")[0].body == protocol.LeftBody(participant="patient", lost=True)
    assert visit.facts() == [ports.Left("visit", "patient", "patient", NOON)]


@pytest.mark.parametrize("ends", [None, events.End()])
def test_the_application_hears_that_they_went_when_they_were_lost(visit: RoomPlay, ends: events.End | None) -> None:
    visit.passes(60).loses("patient").passes(4)
    if ends:
        visit.tell(ends)
    visit.passes(60)
    told = [effect.fact for effect in visit.effects if isinstance(effect, effects.Report)]
    assert [fact.at for fact in told if fact.participant == "patient"] == [NOON + timedelta(seconds=60)]


def test_who_is_back_within_the_grace_was_never_away(visit: RoomPlay) -> None:
    visit.loses("patient").passes(9).comes("patient", by="patient-2").passes(60)
    assert visit.heard("patient-2") == ["welcome"]
    assert visit.heard("pcp") == []
    assert visit.facts() == [ports.Joined("visit", "patient", "admitted", "patient-2", NOON)]


def test_who_is_back_with_another_page_is_announced_so_that_links_are_made_anew(visit: RoomPlay) -> None:
    visit.loses("patient").comes("patient", by="patient-2", page="page-2")
    assert visit.heard("pcp") == ["joined"]
    assert visit.heard("patient-2") == ["welcome"]


def test_an_old_grace_does_not_shorten_a_new_one(visit: RoomPlay) -> None:
    visit.loses("patient").passes(6).comes("patient", by="patient-2").loses("patient", by="patient-2").passes(6)
    assert visit.heard("pcp") == []
    visit.passes(4)
    assert visit.heard("pcp") == ["left"]


def test_somebody_away_is_still_shown_to_who_comes(visit: RoomPlay) -> None:
    visit.loses("patient").comes("psychiatrist")
    assert {p.id for p in visit.messages("psychiatrist")[0].body.participants} == {"pcp", "patient"}


def test_leaving_is_told_at_once(visit: RoomPlay) -> None:
    visit.says("patient", message("leave", {}))
    assert visit.heard("pcp") == ["left"]
    assert visit.closed("patient") == 1000
    assert visit.facts() == [ports.Left("visit", "patient", "patient", NOON)]


def test_a_waiting_patient_leaves_unnoticed_by_the_call_but_not_by_the_application(waiting: RoomPlay) -> None:
    waiting.loses("patient").passes(10)
    assert waiting.heard("pcp") == []
    assert waiting.facts() == [ports.Left("visit", "patient", "patient", NOON)]


# Talking


def test_an_offer_reaches_its_recipient_stamped_with_the_true_sender(visit: RoomPlay) -> None:
    forged = offer("pcp", room="other", **{"from": "psychiatrist"})
    visit.comes("psychiatrist").forget().says("patient", forged)
    (relayed,) = visit.messages("pcp")
    assert (relayed.sender, relayed.room, relayed.to, relayed.body.sdp) == ("patient", "visit", "pcp", "v=0")
    assert visit.heard("psychiatrist") == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("offer", {"link": "p2p:pcp", "instance": "pc.1", "sdp": "v=0"}),
        ("answer", {"link": "p2p:pcp", "instance": "pc.1", "re": "pc.9", "sdp": "v=0"}),
        ("candidate", {"link": "p2p:pcp", "instance": "pc.1", "candidate": None}),
        ("chat", {"text": "hello"}),
    ],
)
def test_nothing_a_waiting_patient_sends_reaches_the_call(waiting: RoomPlay, kind: str, body: dict[str, str]) -> None:
    waiting.says("patient", message(kind, body, "pcp", ref="m7"))
    (error,) = waiting.messages("patient")
    assert (error.body.code, error.body.re) == ("not_admitted", "m7")
    assert (waiting.heard("pcp"), waiting.commits()) == ([], [])


def test_a_waiting_patient_hears_nothing_of_the_room(waiting: RoomPlay) -> None:
    waiting.comes("psychiatrist").says("pcp", chat("hello")).committed().says("pcp", message("media", MEDIA))
    waiting.says("psychiatrist", message("leave", {})).loses("pcp").passes(60)
    assert waiting.heard("patient") == []


@pytest.mark.parametrize("who", ["patient", "pcp", "nobody"])
def test_an_offer_to_somebody_waiting_oneself_or_nobody_finds_no_recipient(waiting: RoomPlay, who: str) -> None:
    waiting.says("pcp", offer(who))
    assert waiting.messages("pcp")[0].body.code == "unknown_recipient"
    assert waiting.heard("patient") == []


def test_an_offer_to_somebody_away_is_kept_for_them(visit: RoomPlay) -> None:
    visit.loses("patient").forget().says("pcp", offer("patient"))
    timer, sent = visit.effects
    assert timer == effects.StartTimer("grace:patient", NOON + GRACE)
    assert isinstance(sent, effects.Send)
    assert (sent.participants, visit.heard("patient")) == (("patient",), [])


def test_what_a_participant_sends_is_told_to_the_others_only(visit: RoomPlay) -> None:
    visit.says("pcp", message("media", MEDIA))
    (media,) = visit.messages("patient")
    assert (media.sender, media.body.camera) == ("pcp", True)
    assert visit.heard("pcp") == []


def test_a_chat_message_is_sent_to_everyone_once_it_is_committed(visit: RoomPlay) -> None:
    visit.says("patient", chat("hello", ref="c1"))
    assert visit.effects == [
        effects.CommitChat("patient", ports.Said("visit", "patient", "c1", "hello", NOON), "M. Alvarez")
    ]
    visit.now += timedelta(seconds=1)
    visit.committed()
    for connection in ("patient", "pcp"):
        (line,) = visit.messages(connection)
        assert (line.id, line.sender, line.body.name, line.body.text) == ("c1", "patient", "M. Alvarez", "hello")
        assert line.body.at == NOON + timedelta(seconds=1)


def test_a_committed_chat_message_sent_again_is_acknowledged_to_its_sender_as_it_was(visit: RoomPlay) -> None:
    visit.says("patient", chat("hello")).committed().forget().says("patient", chat("changed"))
    assert visit.commits() == []
    assert visit.messages("patient")[0].body.text == "hello"
    assert visit.heard("pcp") == []


def test_a_chat_message_sent_twice_before_its_commit_is_shown_once(visit: RoomPlay) -> None:
    visit.says("patient", chat("hello")).says("patient", chat("changed")).committed(0).committed(1)
    assert [m.body.text for m in visit.messages("pcp")] == ["hello"]


def test_two_participants_may_use_the_same_chat_id(visit: RoomPlay) -> None:
    visit.says("patient", chat("hello")).committed().says("pcp", chat("good morning")).committed()
    assert [m.body.text for m in visit.messages("pcp")] == ["hello", "good morning"]


def test_a_chat_message_is_shown_though_its_sender_is_gone_by_then(visit: RoomPlay) -> None:
    visit.says("patient", chat("bye")).says("patient", message("leave", {})).committed()
    assert visit.messages("pcp")[-1].body.name == "M. Alvarez"


def test_only_so_many_chat_messages_are_remembered(visit: RoomPlay) -> None:
    for n in range(KEPT_LINES + 5):
        visit.says("patient", chat("hello", ref=f"c{n}")).committed()
    assert len(visit.room.lines) == KEPT_LINES


def test_a_refused_chat_message_is_told_to_its_sender_only(visit: RoomPlay) -> None:
    visit.says("patient", chat("hello", ref="c1"))
    visit.tell(events.ChatRefused(visit.commits()[0].said, "unavailable"))
    (error,) = visit.messages("patient")
    assert (error.body.code, error.body.re) == ("unavailable", "c1")
    assert visit.heard("pcp") == []


def test_nobody_is_told_of_a_refused_chat_message_whose_sender_is_away(visit: RoomPlay) -> None:
    visit.says("patient", chat("hello")).loses("patient")
    visit.tell(events.ChatRefused(visit.commits()[0].said, "unavailable"))
    assert visit.heard("patient") == visit.heard("pcp") == []


def test_the_heartbeat_goes_to_everyone_admitted_and_present(waiting: RoomPlay) -> None:
    waiting.comes("psychiatrist").loses("psychiatrist")
    assert heartbeat(waiting.room).connections == ("pcp",)


# Commands


def test_admitting_tells_the_waiting_patient_and_changes_nothing_else(waiting: RoomPlay) -> None:
    waiting.tell(events.Admit("patient"))
    assert waiting.heard("patient") == ["admitted"]
    waiting.says("patient", offer("pcp"))
    assert waiting.heard("patient") == ["admitted", "error"]
    assert waiting.heard("pcp") == []


def test_a_patient_admitted_while_on_the_way_is_told_so_on_arrival(play: RoomPlay) -> None:
    play.tell(events.Admit("patient"))
    play.now += timedelta(seconds=2)
    play.comes("patient", "waiting", issued=NOON - timedelta(seconds=1))
    assert play.heard("patient") == ["welcome", "admitted"]


def test_a_waiting_ticket_from_after_the_admission_waits(play: RoomPlay) -> None:
    play.tell(events.Admit("patient"))
    play.comes("patient", "waiting", issued=NOON + timedelta(seconds=1))
    assert play.heard("patient") == ["welcome"]


def test_admitting_somebody_admitted_or_away_tells_nobody(visit: RoomPlay) -> None:
    visit.tell(events.Admit("patient")).comes("psychiatrist", "waiting").loses("psychiatrist").forget()
    visit.tell(events.Admit("psychiatrist"))
    assert visit.heard("patient") == visit.heard("psychiatrist") == []


def test_a_removed_participant_is_told_why_and_the_others_that_they_left(visit: RoomPlay) -> None:
    visit.tell(events.Remove("patient", "wrong_person"))
    assert visit.messages("patient")[0].body.reason == "wrong_person"
    assert visit.closed("patient") == 4001
    assert [told.body for told in visit.messages("pcp")] == [protocol.LeftBody(participant="patient", lost=False)]
    assert visit.facts() == [ports.Left("visit", "patient", "patient", NOON)]


def test_a_ticket_from_before_the_removal_opens_nothing(visit: RoomPlay) -> None:
    visit.tell(events.Remove("patient", "wrong_person")).forget().comes("patient", by="patient-2", issued=NOON)
    assert visit.heard("patient-2") == ["removed"]
    assert visit.closed("patient-2") == 4001
    assert (visit.heard("pcp"), visit.facts()) == ([], [])


def test_a_ticket_from_after_the_removal_opens_the_room_again(visit: RoomPlay) -> None:
    visit.tell(events.Remove("patient", "wrong_person")).forget()
    visit.comes("patient", by="patient-2", issued=NOON + timedelta(seconds=1))
    assert visit.heard("patient-2") == ["welcome"]


def test_removing_takes_back_an_admission_on_the_way(play: RoomPlay) -> None:
    play.tell(events.Admit("patient")).tell(events.Remove("patient", "mistake"))
    play.comes("patient", "waiting", issued=NOON + timedelta(seconds=1))
    assert play.heard("patient") == ["welcome"]


def test_somebody_away_can_be_removed(visit: RoomPlay) -> None:
    visit.loses("patient").forget().tell(events.Remove("patient", "gone")).passes(60)
    assert visit.heard("pcp") == ["left"]
    assert len(visit.facts()) == 1


def test_removing_somebody_who_is_not_there_is_remembered_but_tells_nobody(visit: RoomPlay) -> None:
    visit.tell(events.Remove("psychiatrist", "mistake"))
    assert visit.effects == []


def test_ending_sends_everyone_away_also_those_who_wait(waiting: RoomPlay) -> None:
    waiting.comes("psychiatrist").loses("psychiatrist").forget().tell(events.End())
    for connection in ("pcp", "patient"):
        assert (waiting.heard(connection), waiting.closed(connection)) == (["ended"], 4000)
    assert waiting.heard("psychiatrist") == []
    assert {fact.participant for fact in waiting.facts()} == {"pcp", "patient", "psychiatrist"}


def test_nobody_comes_into_an_ended_visit(visit: RoomPlay) -> None:
    visit.tell(events.End()).forget().comes("patient", by="patient-2", issued=NOON + timedelta(seconds=1))
    assert (visit.heard("patient-2"), visit.closed("patient-2")) == (["ended"], 4000)
    assert visit.facts() == []


def test_ending_twice_is_ending_once(visit: RoomPlay) -> None:
    visit.tell(events.End()).forget().tell(events.End())
    assert [e for e in visit.effects if not isinstance(e, effects.StartTimer)] == []


def test_revoking_a_session_takes_its_holder_out_at_once(visit: RoomPlay) -> None:
    visit.tell(events.Revoke("session-patient"))
    assert visit.closed("patient") == 4004
    assert visit.heard("pcp") == ["left"]
    assert visit.facts() == [ports.Left("visit", "patient", "patient", NOON)]


def test_revoking_another_session_touches_nobody(visit: RoomPlay) -> None:
    visit.tell(events.Revoke("session-outsider"))
    assert visit.effects == []
