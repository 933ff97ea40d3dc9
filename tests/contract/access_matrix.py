"""Who gets in where: every route of the application beside everybody, as the policy says it.

`python -m tests.contract.access_matrix` writes docs/ACCESS.md; test_access_matrix.py sends the requests.
A route with a new kind of parameter needs a line in `PARAMETERS`, and a record behind it in `examples.py`.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from starlette.routing import BaseRoute, Route

from server.access import ROLES, STAFF, Action, Actor, Record, Role, Why, decide
from server.app import create_app
from server.settings import Settings
from server.web import Page, Policy

HOME, AWAY, CLINIC, PATIENT, STRANGER, VISIT = (uuid4() for _ in range(6))


class Answer(StrEnum):
    """What somebody is answered."""

    OPEN = "open to all"
    YES = "yes"
    SIGN_IN = "sign in"
    ROLE = "role"
    TIE = "no tie"
    PART = "not taking part"
    NOTHING = "not found"


class Behind(StrEnum):
    """What stands behind a parameter of a path, and so whom it is for."""

    VISIT = "a visit of the pcp with the patient, or a consult that the pcp asked for or is rung for, at the clinic"
    PATIENT = "the patient's record"
    ORGANIZATION = "a row of the organization"
    PERSON = "what one of the staff, the pcp, keeps"
    OWN = "something of the pcp's own"
    SELF = "what the patient sees with an account of their own"
    ANYTHING = "what a secret in the address opens, or a sign-in: for everybody"


# What stands behind a parameter: by the path, else by the path up to it, else by its name.
PARAMETERS = {
    "/admin/invitations/{id}": Behind.ORGANIZATION,
    "/admin/members/{id}": Behind.ORGANIZATION,
    "/invitations/{invitation_id}/take-back": Behind.VISIT,
    "/feeds/{token}.ics": Behind.ANYTHING,
    "/join/{token}": Behind.ANYTHING,
    "/login/oidc/{issuer_id}": Behind.ANYTHING,
    "/login/oidc/{issuer_id}/confirm": Behind.OWN,
    "/my/open/{token}": Behind.ANYTHING,
    "/patients/{patient_id}/account/end": Behind.ORGANIZATION,
    "/reset/{token}": Behind.ANYTHING,
    "/setup/{token}": Behind.ANYTHING,
    "/v/{token}": Behind.ANYTHING,
    "/w/{token}": Behind.ANYTHING,
    "/visits/{encounter_id}/callback/done": Behind.VISIT,
    "/visits/{encounter_id}/callback/take": Behind.VISIT,
    **{f"/consults/{{consult_id}}/{doing}": Behind.VISIT for doing in ("accept", "decline", "offer", "suggest")},
    **{
        f"/consults/{{consult_id}}/{doing}": Behind.VISIT
        for doing in ("take", "pass-on", "answer", "answer/sign", "answer/addendum")
    },
    "{appointment_id}": Behind.OWN,
    "{attachment_id}": Behind.VISIT,
    "{authenticator_id}": Behind.OWN,
    "{consult_id}": Behind.VISIT,
    "{emergency_id}": Behind.OWN,
    "{encounter_id}": Behind.VISIT,
    "/account/notifications/browsers/{endpoint_id}": Behind.OWN,
    "{endpoint_id}": Behind.OWN,
    "{entry_id}": Behind.PATIENT,
    "{group_id}": Behind.ORGANIZATION,
    "{invitation_id}": Behind.OWN,
    "{issuer_id}": Behind.ORGANIZATION,
    "{item}": Behind.VISIT,
    "{item_id}": Behind.OWN,
    "{meeting_id}": Behind.OWN,
    "{message_id}": Behind.ORGANIZATION,
    "{organization_id}": Behind.ORGANIZATION,
    "{own_patient_id}": Behind.SELF,
    "{participant_id}": Behind.PATIENT,
    "{path_id}": Behind.ORGANIZATION,
    "{patient_id}": Behind.PATIENT,
    "{practitioner_id}": Behind.PERSON,
    "{rule_id}": Behind.ORGANIZATION,
    "{billing_rule_id}": Behind.ORGANIZATION,
    "{ring_id}": Behind.OWN,
    "{service_id}": Behind.ORGANIZATION,
    "{session_id}": Behind.OWN,
    "{task_id}": Behind.PATIENT,
    "{time_id}": Behind.VISIT,
    "{visit_type_id}": Behind.ORGANIZATION,
}
# Posts that name their record in the form: the field, and what stands behind it as in `PARAMETERS`.
IN_FORM = {
    "/account/organization": ("organization", "{organization_id}"),
    "/meetings/{meeting_id}/cases": ("consult", "{consult_id}"),
    "/meetings/{meeting_id}/patients": ("patient", "{patient_id}"),
    "/services/codes/drop": ("rule", "{billing_rule_id}"),
    "/services/rules/drop": ("rule", "{rule_id}"),
    "/my/switch": ("to", "{own_patient_id}"),
    "/visits/find": ("patient", "{patient_id}"),
    "/visits/new": ("patient", "{patient_id}"),
}
# Routes that do something in the demo only.
DEMO_ONLY = frozenset({"/login/demo", "/mail/{message_id}", "/texts/{message_id}"})
# Routes that are no Page, and why that is right.
WITHOUT_POLICY = {
    "/static/{release}/{path:path}": "scripts, styles and pictures: the same for everybody, and nothing about anybody",
    "/signaling": "lets nobody in without a signed ticket, which a page with a policy gives (server/calls/tickets.py)",
}


@dataclass(frozen=True)
class Person:
    """Somebody who sends requests: what they are, where, what ties them to the patient, and how they came in."""

    name: str
    role: Role | None = None
    organization: UUID = HOME
    tie: Why | None = None
    way: str = "staff"

    def actor(self) -> Actor:
        """Give the facts that the policy knows of this person."""
        return Actor(
            frozenset({self.role} if self.role else ()),
            self.organization,
            ACCOUNTS[self.name],
            patient_id={Why.OWN_RECORD: PATIENT, None: STRANGER}.get(self.tie) if self.way == "portal" else None,
            clinics=frozenset({CLINIC} if self.tie is Why.COVERAGE else ()),
            emergencies=frozenset({PATIENT} if self.tie is Why.EMERGENCY else ()),
        )


_NAMES = {
    Role.PCP: "PCP",
    Role.SPECIALIST: "Specialist",
    Role.CARE_MANAGER: "Care manager",
    Role.FRONT_DESK: "Front desk",
    Role.ADMINISTRATOR: "Administrator",
    Role.PATIENT: "Patient",
}
_TIES = {Role.PCP: Why.PARTICIPANT, Role.CARE_MANAGER: Why.CARE_TEAM}
OWNER = "pcp"  # whose visit it is
# Whose own it is what is somebody's own.
OWNERS = {Behind.OWN: OWNER, Behind.SELF: "patient with account"}
_ROLES = [role for role in Role if role in STAFF]
PEOPLE = (
    *(Person(_NAMES[role].lower(), role, tie=_TIES.get(role, Why.COVERAGE)) for role in _ROLES),
    Person("specialist in an emergency", Role.SPECIALIST, tie=Why.EMERGENCY),
    *(Person(f"{role.value} without a tie", role) for role in _ROLES),
    *(Person(f"{role.value} elsewhere", role, AWAY, Why.COVERAGE) for role in _ROLES),
    Person("patient by link", Role.PATIENT, way="patient"),
    Person("patient with account", Role.PATIENT, tie=Why.OWN_RECORD, way="portal"),
    Person("another patient with account", Role.PATIENT, way="portal"),
    Person("nobody", way="nobody"),
)
# What is open to all asks for no role: one of each way in, from here and from elsewhere, stand for all.
VISITORS = (PEOPLE[0], *(person for person in PEOPLE if person.name == "pcp elsewhere" or person.way != "staff"))


def person_named(name: str) -> Person:
    """Give one of the people."""
    return next(person for person in PEOPLE if person.name == name)


ACCOUNTS = {person.name: uuid4() for person in PEOPLE}
_TEAM = frozenset(ACCOUNTS[person.name] for person in PEOPLE if person.tie is Why.CARE_TEAM)
_RECORDS = {
    Behind.ORGANIZATION: Record(HOME),
    Behind.PERSON: Record(HOME, None, frozenset({ACCOUNTS[OWNER]}), clinics=frozenset({CLINIC})),
    Behind.PATIENT: Record(HOME, None, frozenset({ACCOUNTS[OWNER]}), PATIENT, frozenset({CLINIC}), _TEAM),
    Behind.VISIT: Record(HOME, VISIT, frozenset({ACCOUNTS[OWNER]}), PATIENT, frozenset({CLINIC}), _TEAM),
}
_REFUSED = {
    Why.ROLE: Answer.ROLE,
    Why.NO_TIE: Answer.TIE,
    Why.NOT_A_PARTICIPANT: Answer.PART,
    Why.ELSEWHERE: Answer.NOTHING,
    Why.NOT_OWN: Answer.NOTHING,
}


def routes(application_routes: Sequence[BaseRoute] | None = None) -> list[Page]:
    """Give every route that has a policy, in the order of their addresses."""
    found = [route for route in application_routes or _application_routes() if isinstance(route, Page)]
    return sorted(found, key=lambda route: (route.path, _method(route)))


def without_policy() -> set[str]:
    """Give the addresses of the routes that declare no policy."""
    return {getattr(route, "path", repr(route)) for route in _application_routes() if not isinstance(route, Page)}


def _application_routes() -> Sequence[BaseRoute]:
    with tempfile.TemporaryDirectory() as folder:
        return create_app(Settings(data=Path(folder))).routes


def _method(route: Route) -> str:
    return next(iter(sorted((route.methods or set()) - {"HEAD"})))


def behind(route: Page) -> Behind | None:
    """Tell what stands behind a route's parameters, the narrowest. Raises KeyError for one that is not described."""
    kinds = [PARAMETERS[key] for key in keys_of(route).values()]
    order = (Behind.ANYTHING, Behind.OWN, Behind.SELF, Behind.VISIT, Behind.PATIENT, Behind.PERSON, Behind.ORGANIZATION)
    return next((kind for kind in order if kind in kinds), None)


def keys_of(route: Page) -> dict[str, str]:
    """Give the line of `PARAMETERS` for each parameter of a route's address and for the field that names a record."""
    keys = {name: key_of(route.path, name) for name in route.param_convertors}
    if _method(route) == "POST" and route.path in IN_FORM:
        field, key = IN_FORM[route.path]
        keys[field] = key
    return keys


def key_of(path: str, name: str) -> str:
    """Give the line of `PARAMETERS` that describes a parameter of a path."""
    start = path.partition(f"{{{name}")[0] + f"{{{name}}}"
    for key in (path, start, f"{{{name}}}"):
        if key in PARAMETERS:
            return key
    raise KeyError(f"{path}: say in tests/contract/access_matrix.py, PARAMETERS, what stands behind {{{name}}}")


def expected(policy: Policy, kind: Behind | None, person: Person) -> Answer:
    """Say what the declared policy and the ties make of somebody's request."""
    if policy.action is None:
        return Answer.OPEN
    if (refused := _not_let_in(policy, person)) is not None:
        return refused
    if kind is None:
        return Answer.YES
    if kind in OWNERS:
        return Answer.YES if person.name == OWNERS[kind] else Answer.NOTHING
    decision = decide(person.actor(), policy.action, _RECORDS[kind])
    return Answer.YES if decision.allowed else _REFUSED[Why(decision.why)]


def _not_let_in(policy: Policy, person: Person) -> Answer | None:
    """Say how the route itself turns somebody away, before any record is looked at; None when it does not.

    Who is signed in with an account is not asked to sign in for a page that no account of theirs opens.
    """
    accounts = {"staff", "portal"}
    ways = {"account": accounts, "planner": {"patient"}}.get(policy.audience, {policy.audience})
    if person.way not in ways:
        return Answer.ROLE if person.way in accounts and policy.audience in accounts else Answer.SIGN_IN
    return None if policy.action and person.role in ROLES[policy.action] else Answer.ROLE


# The page for people


def document() -> str:
    """Write docs/ACCESS.md."""
    return "\n".join([HEAD, *_policy_table(), MIDDLE, *_route_table(), ""])


def _policy_table() -> list[str]:
    lines = ["| To … | " + " | ".join(_NAMES[role] for role in Role) + " |", "|---" * (len(Role) + 1) + "|"]
    for action in Action:
        words = [_need(action, role) if role in ROLES[action] else "–" for role in Role]
        lines.append(f"| {action.value.replace('_', ' ')} | {' | '.join(words)} |")
    return lines


def _need(action: Action, role: Role) -> str:
    if role is Role.PATIENT:
        return "own"
    return _merged(*(expected(Policy("staff", action), Behind.VISIT, person) for person in _tied_and_stranger(role)))


def _tied_and_stranger(role: Role) -> list[Person]:
    """Somebody of the role with one tie, and somebody without any. What an emergency opens is said in words."""
    here = [person for person in PEOPLE if person.role is role and person.organization == HOME]
    return [person for person in here if person.tie is not Why.EMERGENCY]


def _merged(tied: Answer, stranger: Answer) -> str:
    if Answer.PART in (tied, stranger):
        return "takes part"
    if tied is Answer.YES and stranger is Answer.TIE:
        return "tie"
    return tied.value if tied is stranger or tied is Answer.YES else stranger.value


def _route_table() -> list[str]:
    heads = ["Method", "Path", *(_NAMES[role] for role in _ROLES), "Elsewhere", "By link", "With account", "Nobody"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    groups = [*map(_tied_and_stranger, _ROLES), [person for person in PEOPLE if person.organization == AWAY]]
    groups += [[person for person in PEOPLE if person.way == way] for way in ("patient", "portal", "nobody")]
    for route in routes():
        cells = [_cell(route, group) for group in groups]
        lines.append(f"| {_method(route)}{_marks(route)} | `{route.path}` | {' | '.join(cells)} |")
    return lines


def _cell(route: Page, people: Sequence[Person]) -> str:
    """Say in one word what several people are answered, of whom the first are closer to the record."""
    kind = behind(route)
    answers = [expected(route.policy, kind, person) for person in people]
    if kind in OWNERS and Answer.NOTHING in answers:
        return "own"
    if people[0].way == "portal" and answers == [Answer.YES, Answer.NOTHING]:
        return "own"
    if people[0].organization == AWAY:
        return " ".join(sorted({*answers} - {Answer.ROLE})) or Answer.ROLE.value
    return _merged(answers[0], answers[-1])


def _marks(route: Page) -> str:
    """Say what more than its people a route asks for, or lets pass."""
    marks = {"fresh": route.policy.fresh, "in call": route.policy.in_call, "servers": route.policy.servers}
    marks["demo"] = route.path in DEMO_ONLY
    found = [mark for mark, is_so in marks.items() if is_so]
    return f" ({', '.join(found)})" if found else ""


HEAD = """# Who may see what

<!-- Written by `python -m tests.contract.access_matrix`, checked by tests/contract/test_access_matrix.py. -->

Three things must hold before anybody sees anything: it belongs to the **organization** they act in, their **role**
there allows it, and for what is in a patient's record there is a **tie** to that patient. What is not allowed is
refused. One pure function decides (`server/access.py`); every query asks it with the facts about the record.

**Roles.** *PCP*, *specialist* and *care manager* treat patients. The *front desk* books visits and helps patients get
in. The *administrator* looks after people, sign-in and the audit trail, in which patients stand by name, and sees no
patient's record. A *patient* comes by the link of one visit, or with an account of their own, and sees what is their
own. Somebody may have several roles, and belong to several organizations, but acts in one at a time.

**Ties.** *Taking part* in a visit of the patient. Belonging to the patient's *care team*: somebody with a tie adds
them. *Covering the clinic* at which the visit is. A record *opened in an emergency*: for a reason, after proving again
who one is, for 60 minutes; it opens record and visits to be read and nothing else, and the organization's privacy
contact is told at once. Only who takes part conducts a visit.

**Without a tie** staff of an organization still find its patients by name and date of birth, see their contacts and
correct them, so that nobody is entered twice and anybody can be reached (docs/decisions/0014-who-finds-a-patient.md).

**A stranger is told nothing**: what belongs to another organization, or to somebody else alone, is answered as if it
did not exist (404). Staff of the same organization are told why not (403).

## The policy: action and role

`yes` in the own organization; `tie` with a tie to the patient; `takes part` only in a visit of one's own; `own` the
patient's own; `–` never.
"""
MIDDLE = """
## Every route

`yes`; `tie`, `takes part` and `own` as above, and `own` also what is of one's own account: anybody else's is not found;
`role` not for this role (403); `sign in` is led to sign in, or to open the link again (303, 401); `not found` (404);
`open to all` is the same for everybody, or decided by something else than who asks, like a one-time link.

*Elsewhere* is the staff of another organization, who ask for what belongs to this one; `yes` stands there where a page
shows those whose role may what is of their own organization. *By link* is a patient in the browser that holds a visit's
link, *With account* a patient who is signed in.

`(fresh)` asks to prove again who one is. `(in call)` also answers while a session is locked, as long as a call runs in
that browser. `(servers)` takes posts from other servers, which must prove themselves. `(demo)` does nothing outside of
the demo.
"""
DOCUMENT = Path(__file__).parents[2] / "docs" / "ACCESS.md"

if __name__ == "__main__":
    DOCUMENT.write_text(document())
