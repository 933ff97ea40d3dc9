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

HOME, AWAY, CLINIC, PATIENT, VISIT = (uuid4() for _ in range(5))


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

    VISIT = "a visit of the pcp with the patient, at the clinic"
    PATIENT = "the patient's record"
    ORGANIZATION = "a row of the organization"
    OWN = "something of the pcp's own"
    ANYTHING = "decided by more than who asks"


# What stands behind a parameter: by the path up to it, else by its name.
PARAMETERS = {
    "/admin/invitations/{id}": Behind.ORGANIZATION,
    "/admin/members/{id}": Behind.ORGANIZATION,
    "/login/oidc/{issuer_id}": Behind.ANYTHING,
    "{authenticator_id}": Behind.OWN,
    "{emergency_id}": Behind.OWN,
    "{encounter_id}": Behind.VISIT,
    "{issuer_id}": Behind.ORGANIZATION,
    "{message_id}": Behind.ORGANIZATION,
    "{participant_id}": Behind.PATIENT,
    "{patient_id}": Behind.PATIENT,
    "{session_id}": Behind.OWN,
    "{token}": Behind.ANYTHING,
}
# Posts that name their record in the form: the field, and what stands behind it as in `PARAMETERS`.
IN_FORM = {"/visits/new": ("patient", "{patient_id}")}
# Routes that are no Page, and why that is right.
WITHOUT_POLICY = {
    "/static/{release}/{path:path}": "scripts, styles and pictures: the same for everybody, and nothing about anybody",
    "/signaling": "lets nobody in without a signed ticket, which a page with a policy gives (server/calls/tickets.py)",
}


@dataclass(frozen=True)
class Person:
    """Somebody who sends requests: what they are, where, and what ties them to the patient."""

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
            patient_id=PATIENT if self.way == "portal" else None,
            clinics=frozenset({CLINIC} if self.tie is Why.COVERAGE else ()),
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
OWNER = "pcp"  # whose visit it is, and whose own what is somebody's own
_ROLES = [role for role in Role if role in STAFF]
PEOPLE = (
    *(Person(_NAMES[role].lower(), role, tie=_TIES.get(role, Why.COVERAGE)) for role in _ROLES),
    *(Person(f"{role.value} without a tie", role) for role in _ROLES),
    *(Person(f"{role.value} elsewhere", role, AWAY, Why.COVERAGE) for role in _ROLES),
    Person("patient by link", Role.PATIENT, way="patient"),
    Person("patient with account", Role.PATIENT, way="portal"),
    Person("nobody", way="nobody"),
)
ACCOUNTS = {person.name: uuid4() for person in PEOPLE}
_TEAM = frozenset(ACCOUNTS[person.name] for person in PEOPLE if person.tie is Why.CARE_TEAM)
_RECORDS = {
    Behind.ORGANIZATION: Record(HOME),
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
    order = (Behind.ANYTHING, Behind.OWN, Behind.VISIT, Behind.PATIENT, Behind.ORGANIZATION)
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
    key = start if start in PARAMETERS else f"{{{name}}}"
    if key not in PARAMETERS:
        raise KeyError(f"{path}: say in tests/contract/access_matrix.py, PARAMETERS, what stands behind {{{name}}}")
    return key


def expected(policy: Policy, kind: Behind | None, person: Person) -> Answer:
    """Say what the declared policy and the ties make of somebody's request."""
    if policy.action is None:
        return Answer.OPEN
    ways = ("staff", "portal") if policy.audience == "account" else (policy.audience,)
    if person.way not in ways or person.role is None:
        return Answer.SIGN_IN
    if person.role not in ROLES[policy.action]:
        return Answer.ROLE
    if kind is None or kind is Behind.ANYTHING:
        return Answer.OPEN if kind else Answer.YES
    if kind is Behind.OWN:
        return Answer.YES if person.name == OWNER else Answer.NOTHING
    decision = decide(person.actor(), policy.action, _RECORDS[kind])
    return Answer.YES if decision.allowed else _REFUSED[Why(decision.why)]


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
    return _merged(*(expected(Policy("staff", action), Behind.VISIT, person) for person in _own_and_stranger(role)))


def _own_and_stranger(role: Role) -> list[Person]:
    """Somebody of the role whose only tie is the clinic, or the visit itself for the pcp; and somebody without any."""
    return [person for person in PEOPLE if person.role is role and person.organization == HOME]


def _merged(tied: Answer, stranger: Answer) -> str:
    if Answer.PART in (tied, stranger):
        return "takes part"
    if tied is Answer.YES and stranger is Answer.TIE:
        return "tie"
    return tied.value if tied is stranger or tied is Answer.YES else stranger.value


def _route_table() -> list[str]:
    others = [person for person in PEOPLE if person.way != "staff"]
    heads = ["Method", "Path", *(_NAMES[role] for role in _ROLES), "Elsewhere", "By link", "With account", "Nobody"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for route in routes():
        kind = behind(route)
        cells = [_merged(*_answers(route, kind, _own_and_stranger(role))) for role in _ROLES]
        elsewhere = {*_answers(route, kind, [p for p in PEOPLE if p.organization == AWAY])} - {Answer.ROLE}
        cells += [" ".join(sorted(elsewhere)) or "role", *_answers(route, kind, others)]
        method = _method(route) + (" (fresh)" if route.policy.fresh else "")
        lines.append(f"| {method} | `{route.path}` | {' | '.join(cells)} |")
    return lines


def _answers(route: Page, kind: Behind | None, people: Sequence[Person]) -> list[Answer]:
    return [expected(route.policy, kind, person) for person in people]


HEAD = """# Who may see what

<!-- Written by `python -m tests.contract.access_matrix`, checked by tests/contract/test_access_matrix.py. -->

Three things must hold before anybody sees anything: it belongs to the **organization** they act in, their **role**
there allows it, and for what is in a patient's record there is a **tie** to that patient. What is not allowed is
refused. One pure function decides (`server/access.py`); every query asks it with the facts about the record.

**Roles.** *PCP*, *specialist* and *care manager* treat patients. The *front desk* books visits and helps patients get
in. The *administrator* looks after people, sign-in and the audit trail, and sees no patient's record. A *patient* comes
by the link of one visit, or with an account of their own, and sees what is their own. Somebody may have several roles,
and belong to several organizations, but acts in one at a time.

**Ties.** *Taking part* in a visit of the patient. Belonging to the patient's *care team*: somebody with a tie adds
them. *Covering the clinic* at which the visit is. A record *opened in an emergency*: for a reason, after proving again
who one is, for 60 minutes; it opens the record to be read and nothing else, and the organization's privacy contact is
told at once. Only who takes part conducts a visit.

**Without a tie** staff of an organization still find its patients by name and date of birth and see their contacts,
so that nobody is entered twice and anybody can be reached (docs/decisions/0014).

**A stranger is told nothing**: what belongs to another organization, or to somebody else alone, is answered as if it
did not exist (404). Staff of the same organization are told why not (403).

## The policy: action and role

`yes` in the own organization; `tie` with a tie to the patient; `takes part` only in a visit of one's own; `own` the
patient's own; `–` never.
"""
MIDDLE = """
## Every route

`yes`; `tie` and `takes part` as above; `role` not for this role (403); `sign in` is led to sign in, or to open the link
again (303, 401); `not found` (404); `open to all` is the same for everybody, or decided by something else than who
asks, like a one-time link. `(fresh)` asks to prove again who one is. *Elsewhere* is the staff of another organization.
What is somebody's own stands in the table as the PCP's own.
"""
DOCUMENT = Path(__file__).parents[2] / "docs" / "ACCESS.md"

if __name__ == "__main__":
    DOCUMENT.write_text(document())
