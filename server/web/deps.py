"""What pages and actions work with, made once by the composition root and handed down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar
from starlette.requests import HTTPConnection

from server.access import Actor, Record
from server.db import Database
from server.kit import Clock, Keyring
from server.settings import Settings
from server.web.limits import Limits
from server.web.templating import Templates

Joined = Callable[[AsyncSession, UUID, UUID, Mapping[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties staff to patients, for features that stand below the one that knows it.

    `record` gives the facts about one patient's record, as the policy asks for them; it raises NotFound for a patient
    of another organization. `in_clinics` is a query for the patients of the clinics that an actor covers.
    """

    record: Callable[[AsyncSession, Actor, UUID | None], Awaitable[Record]]
    in_clinics: Callable[[Actor], SelectOfScalar[Any]]


@dataclass(frozen=True, slots=True)
class Deps:
    """The database, the keys, the clock, the settings and the templates of this process.

    `revoke` closes the live connections of a session key, wherever they are. `mail_waiting` and `texts_waiting` are
    set when a mail or a text message was queued, so that it leaves at once and not only when the outbox is looked at
    the next time, `pushes_waiting` and `hooks_waiting` for what goes to browsers and to webhooks; `times_waiting` when
    a time became free that somebody may wait for. `joined` is told of a new member (account, organization, and what the
    invitation said), in the transaction in which they joined. `audit_key` is the seed of the key that signs the audit
    trail, `push_key` of the one that signs what is sent to browsers. `ties` says what ties staff to patients; `tell`
    wakes the open pages of an account, which then fetch afresh what they show of a topic. `memory` is what features
    keep in this process
    because it is dear to fetch, each under a word of its own; losing it costs only time.
    """

    settings: Settings
    database: Database
    keyring: Keyring
    now: Clock
    templates: Templates
    limits: Limits
    revoke: Callable[[str], Awaitable[None]]
    joined: Joined
    audit_key: bytes = field(repr=False)
    push_key: bytes = field(repr=False)
    ties: Ties
    tell: Callable[[UUID, str], Awaitable[None]]
    mail_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    texts_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    pushes_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    hooks_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    times_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    memory: dict[str, Any] = field(default_factory=dict)


def deps(connection: HTTPConnection) -> Deps:
    """Give the dependencies of the running application."""
    found: Deps = connection.app.state.deps
    return found
