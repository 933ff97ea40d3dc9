"""The ground floor: clock, ids, errors, forms and sealing. Knows nothing of the web, the database or any feature."""

from server.kit.clock import Clock, utc_now
from server.kit.errors import (
    Conflict,
    CurbsideError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    SignInNeeded,
    StepUpNeeded,
    TooMany,
)
from server.kit.forms import N_, Form
from server.kit.seal import KeyMissing, Keyring, SealBroken, field_name, head_of, key_id_of
from server.kit.secrets import Secret, digest, new_secret
from server.kit.turns import Turns

__all__ = [
    "N_",
    "Clock",
    "Conflict",
    "CurbsideError",
    "Forbidden",
    "Form",
    "Gone",
    "Invalid",
    "KeyMissing",
    "Keyring",
    "NotFound",
    "SealBroken",
    "Secret",
    "SignInNeeded",
    "StepUpNeeded",
    "TooMany",
    "Turns",
    "digest",
    "field_name",
    "head_of",
    "key_id_of",
    "new_secret",
    "utc_now",
]
