"""The access policy as a table: every action by every role, on the own organization's records and on another's."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access import CLINICIANS, PARTICIPANTS_ONLY, ROLES, STAFF, Action, Actor, Record, Role, decide, may, require
from server.kit import Forbidden, NotFound

HOME, AWAY = uuid4(), uuid4()
ME, SOMEBODY = uuid4(), uuid4()
VISIT, ANOTHER_VISIT = uuid4(), uuid4()

# Who may do what to a record of the own organization in which the person takes part. Everything else is refused.
ALLOWED = """
                  pcp  specialist  caremanager  frontdesk  admin  patient
see_today         yes  yes         yes          yes        yes    no
read_directory    yes  yes         yes          yes        yes    no
read_patient      yes  yes         yes          yes        yes    no
write_patient     yes  yes         yes          yes        yes    no
read_visit        yes  yes         yes          yes        yes    no
create_visit      yes  yes         yes          yes        yes    no
manage_visit      yes  yes         yes          yes        yes    no
conduct_visit     yes  yes         yes          no         no     no
attend_visit      no   no          no           no         no     yes
"""


def cells() -> list[tuple[Action, Role, bool]]:
    head, *lines = (line.split() for line in ALLOWED.strip().splitlines())
    return [(Action(a), Role(r), word == "yes") for a, *words in lines for r, word in zip(head, words, strict=True)]


def somebody(*roles: Role, organization: UUID = HOME) -> Actor:
    patient = Role.PATIENT in roles
    return Actor(frozenset(roles), organization, None if patient else ME, encounter_id=VISIT if patient else None)


def record(organization: UUID = HOME, *, visit: UUID | None = VISIT, with_me: bool = True) -> Record:
    return Record(organization, visit, frozenset({ME, SOMEBODY} if with_me else {SOMEBODY}))


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
)
records = st.builds(
    Record,
    st.sampled_from([HOME, AWAY]),
    st.sampled_from([None, VISIT, ANOTHER_VISIT]),
    st.frozensets(st.sampled_from([ME, SOMEBODY])),
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
def test_a_patient_reaches_the_visit_of_the_own_link_only(actor: Actor, action: Action, asked: Record) -> None:
    if actor.is_patient and decide(actor, action, asked).allowed:
        assert action == Action.ATTEND_VISIT
        assert asked.encounter_id == actor.encounter_id is not None


@pytest.mark.parametrize("action", Action)
def test_nobody_in_particular_may_do_nothing(action: Action) -> None:
    assert decide(somebody(), action, record()).allowed is False


@pytest.mark.parametrize("role", sorted(CLINICIANS))
def test_a_clinician_conducts_only_visits_with_the_clinician_in_them(role: Role) -> None:
    decision = decide(somebody(role), Action.CONDUCT_VISIT, record(with_me=False))
    assert (decision.allowed, decision.known, decision.why) == (False, True, "not a participant")


@pytest.mark.parametrize("action", sorted(set(Action) - PARTICIPANTS_ONLY - {Action.ATTEND_VISIT}))
def test_colleagues_share_the_organizations_records(action: Action) -> None:
    assert decide(somebody(Role.PCP), action, record(with_me=False)).why == "organization"


def test_taking_part_is_told_as_the_reason() -> None:
    assert decide(somebody(Role.PCP), Action.READ_VISIT, record()).why == "participant"


@pytest.mark.parametrize("visit", [ANOTHER_VISIT, None])
def test_a_patient_cannot_tell_whether_another_visit_exists(visit: UUID | None) -> None:
    decision = decide(somebody(Role.PATIENT), Action.ATTEND_VISIT, record(visit=visit))
    assert (decision.allowed, decision.known) == (False, False)


def test_a_patient_without_a_visit_does_not_match_a_record_without_one() -> None:
    stray = Actor(frozenset({Role.PATIENT}), HOME)
    assert decide(stray, Action.ATTEND_VISIT, record(visit=None)).allowed is False


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.ATTEND_VISIT}))
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
