"""The access policy as a table: every action by every role, on the own organization's records and on another's."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access import (
    CLINICIANS,
    EMERGENCY_OPENS,
    OWN_RECORD,
    PARTICIPANTS_ONLY,
    ROLES,
    STAFF,
    TIED,
    Action,
    Actor,
    Decision,
    Record,
    Refusal,
    Role,
    account_of,
    decide,
    may,
    may_open_in_emergency,
    require,
    tie_of,
)
from server.kit import Forbidden, NotFound

HOME, AWAY = uuid4(), uuid4()
ME, SOMEBODY = uuid4(), uuid4()
VISIT, ANOTHER_VISIT = uuid4(), uuid4()
PATIENT = uuid4()
CLINIC, ANOTHER_CLINIC = uuid4(), uuid4()

# Who may do what to a record of the own organization in which the person takes part. Everything else is refused.
ALLOWED = """
                     pcp  specialist  caremanager  frontdesk  admin  patient
see_today            yes  yes         yes          yes        no     no
read_directory       yes  yes         yes          yes        yes    no
read_patient         yes  yes         yes          yes        no     no
write_patient        yes  yes         yes          yes        no     no
read_record          yes  yes         yes          yes        no     no
change_care_team     yes  yes         yes          yes        no     no
write_task           yes  yes         yes          yes        no     no
open_in_emergency    yes  yes         yes          no         no     no
read_visit           yes  yes         yes          yes        no     no
create_visit         yes  yes         yes          yes        no     no
manage_visit         yes  yes         yes          yes        no     no
conduct_visit        yes  yes         yes          no         no     no
attend_visit         no   no          no           no         no     yes
use_own_account      yes  yes         yes          yes        yes    yes
read_own_record      no   no          no           no         no     yes
plan_own_visits      no   no          no           no         no     yes
manage_members       no   no          no           no         yes    no
manage_issuers       no   no          no           no         yes    no
manage_organization  no   no          no           no         yes    no
ask_consult          yes  yes         yes          no         no     no
read_consult         yes  yes         yes          no         no     no
change_consult       yes  yes         yes          no         no     no
hold_consult         yes  yes         yes          no         no     no
answer_consult       yes  yes         yes          no         no     no
export_codes         no   no          no           no         yes    no
manage_services      no   no          no           no         yes    no
set_duty             yes  yes         yes          no         yes    no
keep_hours           yes  yes         yes          yes        yes    no
read_reports         yes  yes         yes          no         yes    no
read_audit           no   no          no           no         yes    no
read_call_quality    no   no          no           no         yes    no
"""


def cells() -> list[tuple[Action, Role, bool]]:
    head, *lines = (line.split() for line in ALLOWED.strip().splitlines())
    return [(Action(a), Role(r), word == "yes") for a, *words in lines for r, word in zip(head, words, strict=True)]


def somebody(*roles: Role, organization: UUID = HOME) -> Actor:
    patient = Role.PATIENT in roles
    return Actor(
        frozenset(roles),
        organization,
        None if patient else ME,
        encounter_id=VISIT if patient else None,
        patient_id=PATIENT if patient else None,
    )


def record(organization: UUID = HOME, *, visit: UUID | None = VISIT, with_me: bool = True) -> Record:
    return Record(organization, visit, frozenset({ME, SOMEBODY} if with_me else {SOMEBODY}), PATIENT)


def test_the_table_names_every_action_and_every_role() -> None:
    assert {(action, role) for action, role, _ in cells()} == {(action, role) for action in Action for role in Role}


def test_every_action_says_which_roles_may() -> None:
    assert set(ROLES) == set(Action)


@pytest.mark.parametrize(("action", "role", "allowed"), cells())
def test_who_takes_part_may_do_what_the_table_says(action: Action, role: Role, allowed: bool) -> None:
    assert decide(somebody(role), action, record()).allowed is allowed


@pytest.mark.parametrize(("action", "role", "_"), cells())
def test_a_record_of_another_organization_is_refused_and_unknown(action: Action, role: Role, _: bool) -> None:
    decision = decide(somebody(role), action, record(AWAY))
    assert (decision.allowed, decision.known, decision.why) == (False, False, "another organization")


actors = st.builds(
    Actor,
    st.frozensets(st.sampled_from(Role)),
    st.sampled_from([HOME, AWAY]),
    st.sampled_from([None, ME, SOMEBODY]),
    encounter_id=st.sampled_from([None, VISIT, ANOTHER_VISIT]),
    patient_id=st.sampled_from([None, PATIENT]),
    clinics=st.frozensets(st.sampled_from([CLINIC, ANOTHER_CLINIC])),
    emergencies=st.frozensets(st.sampled_from([PATIENT])),
)
records = st.builds(
    Record,
    st.sampled_from([HOME, AWAY]),
    st.sampled_from([None, VISIT, ANOTHER_VISIT]),
    st.frozensets(st.sampled_from([ME, SOMEBODY])),
    patient_id=st.sampled_from([None, PATIENT]),
    clinics=st.frozensets(st.sampled_from([CLINIC, ANOTHER_CLINIC])),
    care_team=st.frozensets(st.sampled_from([ME, SOMEBODY])),
)


@given(actors, st.sampled_from(Action), records)
def test_no_combination_opens_another_organization(actor: Actor, action: Action, asked: Record) -> None:
    if actor.organization_id != asked.organization_id:
        assert not decide(actor, action, asked).allowed


@given(actors, st.sampled_from(Action), records)
def test_what_is_allowed_is_in_the_table_for_one_of_the_roles(actor: Actor, action: Action, asked: Record) -> None:
    if decide(actor, action, asked).allowed:
        assert {role for a, role, yes in cells() if a == action and yes} & actor.roles


@given(actors, st.sampled_from(Action), records)
def test_a_patient_reaches_what_is_the_patient_s_own_only(actor: Actor, action: Action, asked: Record) -> None:
    if actor.is_patient and decide(actor, action, asked).allowed:
        own_visit = asked.encounter_id == actor.encounter_id is not None
        own_record = asked.patient_id == actor.patient_id is not None and action in OWN_RECORD
        assert own_visit or own_record


@given(actors, st.sampled_from(sorted(TIED)), records)
def test_a_patient_s_record_is_opened_by_a_tie_only(actor: Actor, action: Action, asked: Record) -> None:
    if not actor.is_patient and decide(actor, action, asked).allowed:
        assert tie_of(actor, asked) is not None


@pytest.mark.parametrize("action", Action)
def test_nobody_in_particular_may_do_nothing(action: Action) -> None:
    assert decide(somebody(), action, record()).allowed is False


@pytest.mark.parametrize("role", sorted(CLINICIANS))
def test_a_clinician_conducts_only_visits_with_the_clinician_in_them(role: Role) -> None:
    decision = decide(somebody(role), Action.CONDUCT_VISIT, record(with_me=False))
    assert (decision.allowed, decision.known, decision.why) == (False, True, "not a participant")


@pytest.mark.parametrize("action", [Action.READ_PATIENT, Action.WRITE_PATIENT, Action.CREATE_VISIT])
def test_colleagues_share_the_organization_s_directory(action: Action) -> None:
    assert decide(somebody(Role.PCP), action, record(with_me=False)).why == "organization"


@pytest.mark.parametrize("action", sorted(TIED))
def test_belonging_to_the_organization_alone_opens_no_patient_s_record(action: Action) -> None:
    decision = decide(somebody(Role.PCP), action, record(with_me=False))
    assert (decision.allowed, decision.known, decision.why) == (False, True, "no tie to the patient")


@pytest.mark.parametrize(
    ("tied", "why"),
    [
        (replace(record(with_me=False), care_team=frozenset({ME})), "care team"),
        (replace(record(with_me=False), clinics=frozenset({CLINIC})), "coverage"),
        (replace(record(with_me=False), patient_id=PATIENT), "break-glass"),
    ],
)
def test_each_tie_to_the_patient_opens_the_record_and_is_told(tied: Record, why: str) -> None:
    me = replace(somebody(Role.SPECIALIST), clinics=frozenset({CLINIC}), emergencies=frozenset({PATIENT}))
    assert decide(me, Action.READ_RECORD, tied) == Decision(True, True, why)


def test_an_emergency_opens_one_patient_s_record_and_no_visit_to_conduct() -> None:
    me = replace(somebody(Role.SPECIALIST), emergencies=frozenset({PATIENT}))
    assert decide(me, Action.READ_VISIT, replace(record(with_me=False), patient_id=uuid4())).allowed is False
    assert decide(me, Action.CONDUCT_VISIT, record(with_me=False)).allowed is False


@pytest.mark.parametrize("action", [Action.READ_RECORD, Action.READ_VISIT])
def test_an_emergency_opens_the_record_to_be_read(action: Action) -> None:
    me = replace(somebody(Role.SPECIALIST), emergencies=frozenset({PATIENT}))
    assert decide(me, action, record(with_me=False)).why == "break-glass"


@pytest.mark.parametrize("action", sorted((TIED | PARTICIPANTS_ONLY) - EMERGENCY_OPENS))
def test_an_emergency_lets_nobody_change_anything(action: Action) -> None:
    me = replace(somebody(Role.SPECIALIST), emergencies=frozenset({PATIENT}))
    assert decide(me, action, record(with_me=False)).allowed is False


NO_TIE = Refusal(Action.READ_VISIT, "no tie to the patient", PATIENT, VISIT)


@pytest.mark.parametrize(
    ("role", "refused", "offered"),
    [
        (Role.SPECIALIST, NO_TIE, True),
        (Role.FRONT_DESK, NO_TIE, False),
        (Role.ADMINISTRATOR, NO_TIE, False),
        (Role.SPECIALIST, replace(NO_TIE, action=Action.MANAGE_VISIT), False),
        (Role.SPECIALIST, replace(NO_TIE, why="not a participant"), False),
        (Role.SPECIALIST, replace(NO_TIE, why="another organization"), False),
        (Role.SPECIALIST, replace(NO_TIE, patient_id=None), False),
        (Role.SPECIALIST, None, False),
    ],
)
def test_an_emergency_is_the_way_on_only_where_a_tie_was_missing(role: Role, refused: object, offered: bool) -> None:
    assert may_open_in_emergency(somebody(role), refused) is offered


def test_a_refusal_says_what_was_refused_and_whose_record_it_was() -> None:
    with pytest.raises(Forbidden) as refused:
        require(somebody(Role.PCP), Action.READ_RECORD, record(with_me=False))
    assert refused.value.refused == Refusal(Action.READ_RECORD, "no tie to the patient", PATIENT, VISIT)


def test_a_patient_with_an_account_reads_the_own_record_and_no_other() -> None:
    me = Actor(frozenset({Role.PATIENT}), HOME, ME, patient_id=PATIENT)
    assert decide(me, Action.READ_OWN_RECORD, Record(HOME, patient_id=PATIENT)).why == "own record"
    assert decide(me, Action.READ_OWN_RECORD, Record(HOME, patient_id=uuid4())).known is False
    assert decide(me, Action.READ_RECORD, Record(HOME, patient_id=PATIENT)).allowed is False


def test_taking_part_is_told_as_the_reason() -> None:
    assert decide(somebody(Role.PCP), Action.READ_VISIT, record()).why == "participant"


@pytest.mark.parametrize("visit", [ANOTHER_VISIT, None])
def test_a_patient_cannot_tell_whether_another_visit_exists(visit: UUID | None) -> None:
    decision = decide(somebody(Role.PATIENT), Action.ATTEND_VISIT, record(visit=visit))
    assert (decision.allowed, decision.known) == (False, False)


def test_a_patient_without_a_visit_does_not_match_a_record_without_one() -> None:
    stray = Actor(frozenset({Role.PATIENT}), HOME)
    assert decide(stray, Action.ATTEND_VISIT, record(visit=None)).allowed is False


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.ATTEND_VISIT, *OWN_RECORD}))
def test_a_staff_role_beside_the_patients_opens_nothing_more(action: Action) -> None:
    both = Actor(frozenset({Role.PATIENT, Role.PCP}), HOME, ME, encounter_id=VISIT)
    assert decide(both, action, record()).allowed is False


def test_one_of_several_roles_is_enough() -> None:
    assert decide(somebody(Role.FRONT_DESK, Role.PCP), Action.CONDUCT_VISIT, record()).allowed is True


def test_a_stranger_is_told_that_there_is_nothing() -> None:
    with pytest.raises(NotFound):
        require(somebody(Role.ADMINISTRATOR), Action.READ_PATIENT, record(AWAY))


def test_a_colleague_is_told_that_it_is_not_for_the_role() -> None:
    with pytest.raises(Forbidden):
        require(somebody(Role.FRONT_DESK), Action.CONDUCT_VISIT, record())


def test_who_may_gets_the_decision_for_the_audit_trail() -> None:
    assert require(somebody(Role.PATIENT), Action.ATTEND_VISIT, record()).why == "own visit link"


@pytest.mark.parametrize(("action", "role", "allowed"), cells())
def test_a_page_offers_what_the_role_may(action: Action, role: Role, allowed: bool) -> None:
    assert may(somebody(role), action) is allowed


@pytest.mark.parametrize("role", Role)
def test_a_clinician_is_who_treats_patients(role: Role) -> None:
    assert somebody(role).is_clinician is (role in {Role.PCP, Role.SPECIALIST, Role.CARE_MANAGER})
    assert (role in STAFF) is not somebody(role).is_patient


@pytest.mark.parametrize(
    ("role", "mine", "covers", "may_keep"),
    [
        (Role.PCP, True, False, True),
        (Role.PCP, False, True, False),
        (Role.FRONT_DESK, False, True, True),
        (Role.FRONT_DESK, False, False, False),
        (Role.ADMINISTRATOR, False, False, True),
    ],
)
def test_hours_are_kept_by_whose_they_are_the_desk_of_the_clinic_and_administrators(
    role: Role, mine: bool, covers: bool, may_keep: bool
) -> None:
    actor = replace(somebody(role), clinics=frozenset({CLINIC} if covers else ()))
    hours = Record(HOME, None, frozenset({ME if mine else SOMEBODY}), clinics=frozenset({CLINIC}))
    assert decide(actor, Action.KEEP_HOURS, hours).allowed is may_keep


@pytest.mark.parametrize("action", [Action.READ_REPORTS, Action.SET_DUTY])
@pytest.mark.parametrize(
    ("role", "mine", "may_read"),
    [
        (Role.PCP, True, True),
        (Role.PCP, False, False),
        (Role.FRONT_DESK, True, False),
        (Role.ADMINISTRATOR, False, True),
    ],
)
def test_clinicians_read_reports_on_themselves_and_say_their_duty_and_administrators_everybodys(
    role: Role, mine: bool, may_read: bool, action: Action
) -> None:
    actor = replace(somebody(role), clinics=frozenset({CLINIC}))
    figures = Record(HOME, None, frozenset({ME if mine else SOMEBODY}), clinics=frozenset({CLINIC}))
    assert decide(actor, action, figures).allowed is may_read


def test_only_somebody_with_an_account_acts_in_their_own_name() -> None:
    assert account_of(Actor(frozenset({Role.PCP}), HOME, ME)) == ME
    with pytest.raises(Forbidden):
        account_of(Actor(frozenset({Role.PATIENT}), HOME))
