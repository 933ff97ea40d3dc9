"""The one small tree of errors. Each kind is mapped to an HTTP answer in one place (`server/web/errors.py`).

CurbsideError
├── NotFound      404  no such record, or not for this person: a stranger cannot tell which
├── SignInNeeded  401  nobody is signed in
│   └── StepUpNeeded  signed in, but must prove again who it is before this
├── Forbidden     403  known person, may see that the record exists, may not do this
├── Conflict      409  somebody else was faster, or the record is not in the needed state
├── Gone          410  it was there and is over
├── Invalid       422  what was typed cannot be taken; says which field and what to type
└── TooMany       429  too often; says in how many seconds to come back
"""

from collections.abc import Mapping


class CurbsideError(Exception):
    """Base of all errors that a person may be shown; `message` is a gettext message id, never contains PHI."""

    status = 500
    # What the policy refused, for the audit trail (`server.access.Refusal`); None for any other error.
    refused: object = None

    def __init__(self, message: str = "") -> None:
        """Keep the message id that the person is shown."""
        super().__init__(message)
        self.message = message


class NotFound(CurbsideError):
    """No such record for this actor."""

    status = 404


class SignInNeeded(CurbsideError):
    """The page needs a signed-in person, or an opened visit link."""

    status = 401


class StepUpNeeded(SignInNeeded):
    """The session is live, and this asks for the person to be proved anew."""


class Forbidden(CurbsideError):
    """The actor may see the record, and may not do this to it."""

    status = 403


class Conflict(CurbsideError):
    """The record is not in the state that this needs, usually because somebody was faster."""

    status = 409


class Gone(CurbsideError):
    """The record was there, and is over."""

    status = 410


class TooMany(CurbsideError):
    """Tried too often."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        """Keep the message and the pause in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class Invalid(CurbsideError):
    """What was typed cannot be taken.

    `errors` maps a field's name to a message id that says what to type; `values` is what was typed, to show it again.
    """

    status = 422

    def __init__(self, errors: Mapping[str, str], values: Mapping[str, str]) -> None:
        """Keep the messages and what was typed."""
        super().__init__("")
        self.errors = dict(errors)
        self.values = dict(values)
