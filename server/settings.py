"""One frozen Settings, read from CURBSIDE_* variables: the only reader of the environment (docs/guides/settings.md)."""

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_QUIET = re.compile(r"([01]?\d|2[0-3]):[0-5]\d-([01]?\d|2[0-3]):[0-5]\d", re.ASCII)
_PORTS = {"http": 80, "https": 443}
Words = Annotated[tuple[str, ...], NoDecode]


class IssuerSettings(BaseModel):
    """One OpenID provider, as the operator sets it. `role_map` maps values of the claim `role_claim` to roles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization: str
    issuer: str
    client_id: str
    client_secret: str = ""
    label: str
    domains: tuple[str, ...] = ()
    role_claim: str = ""
    role_map: dict[str, str] = Field(default_factory=dict)
    provisions: bool = False


class Settings(BaseSettings):
    """Everything an operator can set. Lists are written with commas. Defaults make a complete single-box server."""

    model_config = SettingsConfigDict(env_prefix="CURBSIDE_", frozen=True, extra="ignore")

    data: Path = Field(Path("var"), description="Folder of the database, the keys and, in the demo, the mail.")
    database_url: str = Field("", description="PostgreSQL address; empty means SQLite in the data folder.")
    public_url: str = Field("", description="The address people open; links are built from it, never from a header.")
    demo: Literal["", "0", "1", "public"] = Field(
        "", description="1: demo people and mail on disk; public: also beyond loopback."
    )
    trusted_proxies: Words = Field(
        (), description="Addresses of reverse proxies whose X-Forwarded-* headers are believed."
    )
    secret_keys: Words = Field(
        (), description="Sealing keys as id:base64, the first seals; empty means a key file in the data folder."
    )
    backplane_url: str = Field(
        "", description="redis://… that several nodes share for rooms, notices and limits; empty means one node."
    )
    signaling_apart: bool = Field(
        False, description="`curbside signaling` serves the live connections, beside these pages; needs the backplane."
    )
    outbound_allow: Words = Field(
        (), description="Private hosts that the server may call all the same, like idp.clinic.lan or 10.0.0.5."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")

    metrics_listen: str = Field(
        "", description="host:port of a listener of its own for Prometheus, like 127.0.0.1:9464; empty means none."
    )

    smtp_url: str = Field(
        "", description="smtp://user:password@host:port or smtps://…; empty means mail cannot be sent."
    )
    mail_from: str = Field("Curbside <no-reply@localhost>", description="Sender of all mail.")

    sms_url: str = Field("", description="Address of the gateway for text messages; empty means none can be sent.")
    sms_token: str = Field(
        "", repr=False, description="Sent as `Authorization: Bearer …`; with a space in it, as it stands."
    )
    sms_sender: str = Field("", description="Number or name that text messages come from, as the gateway knows it.")
    sms_body: str = Field(
        '{"to": "{to}", "from": "{sender}", "text": "{text}"}',
        repr=False,
        description="JSON that the gateway is sent; {to}, {text}, {sender} and {id} in its texts are filled in.",
    )

    push_contact: str = Field(
        "", description="mailto: address for operators of push services; empty means postmaster at the public address."
    )

    stun_urls: Words = Field((), description="STUN servers, like stun:stun.example.org:3478. None by default.")
    turn_urls: Words = Field((), description="TURN servers, like turn:turn.example.org:3478?transport=udp.")
    turn_secret: str = Field("", description="Shared secret of the TURN servers (use-auth-secret).")
    turn_minutes: int = Field(240, ge=5, le=1440, description="Minutes that TURN credentials live.")
    relay_only: bool = Field(False, description="Send media over TURN only, so that nobody learns an address.")

    session_idle_minutes: int = Field(
        30, ge=1, le=1440, description="Minutes without activity until a signed-in page locks."
    )
    session_hours: int = Field(12, ge=1, le=168, description="Hours until staff must sign in again in any case.")
    oidc_issuers: tuple[IssuerSettings, ...] = Field(
        (), description="OpenID providers as a JSON list; each belongs to one organization."
    )
    chat_days: int = Field(
        7, ge=0, le=3650, description="Days after the end of a visit until its chat is deleted; 0 means at once."
    )
    audit_years: int = Field(6, ge=1, le=30, description="Years that audit events are kept.")
    quality_days: int = Field(90, ge=1, le=3650, description="Days that how calls went, without any content, is kept.")
    audit_anchor: str = Field("", description="A second file to which signed heads of the audit chains are appended.")
    link_opens_minutes: int = Field(30, ge=0, le=1440, description="Minutes before the visit from which a link opens.")
    link_closes_minutes: int = Field(
        60, ge=0, le=1440, description="Minutes after the planned end at which an unused link closes."
    )
    change_notice_minutes: int = Field(
        120, ge=0, le=20160, description="Minutes before a visit until which its patient moves or cancels it alone."
    )
    no_show_minutes: int = Field(
        30, ge=0, le=10080, description="Minutes after the planned end at which who never came is a no-show; 0: never."
    )
    hold_minutes: int = Field(5, ge=1, le=60, description="Minutes that a time is kept for somebody while they book.")

    reminder_minutes: Annotated[tuple[int, ...], NoDecode] = Field(
        (2880, 120), description="Minutes before a visit at which its patient is reminded; 0 for never."
    )
    quiet_hours: str = Field(
        "21:00-08:00", description="Hours by the patient's clock in which nobody is reminded; empty for none."
    )
    waitlist_hold_minutes: int = Field(
        60, ge=5, le=1440, description="Minutes for which a freed time is kept for whoever it is offered to."
    )

    consult_outcome_days: int = Field(
        28, ge=1, le=365, description="Days after a consult was answered until who asked is asked how it went."
    )

    @field_validator("reminder_minutes", mode="before")
    @classmethod
    def _offsets(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(minutes for part in value.split(",") if part.strip() and (minutes := int(part)))

    @field_validator("reminder_minutes")
    @classmethod
    def _sensible_offsets(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not all(5 <= minutes <= 20160 for minutes in value):
            raise ValueError("minutes between 5 and 20160 (two weeks), with commas between them, like 2880,120")
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _hours_of_a_day(cls, value: str) -> str:
        if value and not _QUIET.fullmatch(value):
            raise ValueError("hours like 21:00-08:00")
        return value

    @field_validator("trusted_proxies", "secret_keys", "outbound_allow", "stun_urls", "turn_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("stun_urls", "turn_urls")
    @classmethod
    def _ice_scheme(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse at the start what would fail in a visit; `curbside check turn` looks at the rest."""
        scheme = str(info.field_name).removesuffix("_urls")
        if not all(url.startswith((f"{scheme}:", f"{scheme}s:")) for url in value):
            raise ValueError(f"addresses like {scheme}:{scheme}.example.org:3478, with commas between them")
        return value

    @field_validator("sms_url")
    @classmethod
    def _gateway(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in _PORTS or not parts.hostname or parts.username is not None):
            raise ValueError(
                "an address like https://sms.example.org/messages; a secret belongs into CURBSIDE_SMS_TOKEN"
            )
        return value

    @field_validator("push_contact")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if value and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", value):
            raise ValueError("an address like mailto:it@clinic.example.org")
        return value

    @field_validator("sms_body")
    @classmethod
    def _message_of_a_gateway(cls, value: str) -> str:
        try:
            sound = isinstance(json.loads(value), dict | list)
        except ValueError:
            sound = False
        if not sound or "{to}" not in value or "{text}" not in value:
            raise ValueError('JSON with {to} and {text} in it, like {"to": "{to}", "text": "{text}"}')
        return value

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        """Write it as browsers write an Origin: lower case, without the port that goes without saying."""
        parts = urlsplit(value)
        extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
        if value and (parts.scheme not in _PORTS or not parts.hostname or extra):
            raise ValueError("an address like https://visits.example.org, without a path")
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
        port = "" if parts.port in {None, _PORTS.get(parts.scheme)} else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}" if value else ""

    @field_validator("metrics_listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        parts = urlsplit(f"//{value}")
        try:
            sound = bool(parts.hostname) and parts.port is not None and parts.netloc == value and "@" not in value
        except ValueError:
            sound = False
        if value and not sound:
            raise ValueError("host and port, like 127.0.0.1:9464")
        return value

    @model_validator(mode="after")
    def _turn_has_a_secret(self) -> Self:
        if self.turn_urls and not self.turn_secret:
            raise ValueError("CURBSIDE_TURN_URLS needs CURBSIDE_TURN_SECRET, the secret that the TURN servers share")
        if self.relay_only and not self.turn_urls:
            raise ValueError("CURBSIDE_RELAY_ONLY needs CURBSIDE_TURN_URLS: without a relay no call would come about")
        return self

    @model_validator(mode="after")
    def _apart_needs_a_backplane(self) -> Self:
        if self.signaling_apart and not self.backplane_url:
            raise ValueError("CURBSIDE_SIGNALING_APART needs CURBSIDE_BACKPLANE_URL, the Redis that both sides share")
        return self

    @property
    def is_demo(self) -> bool:
        """Demo people, demo buttons and mail on disk."""
        return self.demo in {"1", "public"}

    @property
    def is_secure(self) -> bool:
        """People reach the server over TLS, so cookies are `__Host-` and Secure."""
        return self.public_url.startswith("https://")

    @cached_property
    def database_address(self) -> str:
        """SQLAlchemy address of the database, with the driver named."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data / 'curbside.db'}"
        scheme, _, rest = self.database_url.partition("://")
        drivers = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
        return f"{drivers.get(scheme, scheme)}://{rest}"

    @property
    def push_sender(self) -> str:
        """Where operators of push services reach whoever runs this server (RFC 8292, section 2.1)."""
        return self.push_contact or f"mailto:postmaster@{urlsplit(self.public_url).hostname or 'localhost'}"

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Where Prometheus asks; None for nowhere."""
        parts = urlsplit(f"//{self.metrics_listen}")
        return (parts.hostname, parts.port or 0) if parts.hostname else None

    @cached_property
    def origins(self) -> frozenset[str]:
        """Origins that may send forms and open sockets: the public address, and both names of loopback."""
        parts = urlsplit(self.public_url)
        if parts.hostname not in {"127.0.0.1", "localhost"}:
            return frozenset({self.public_url} - {""})
        port = f":{parts.port}" if parts.port else ""
        return frozenset(f"{parts.scheme}://{name}{port}" for name in ("127.0.0.1", "localhost"))
