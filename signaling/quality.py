"""What a client reports of its links: bounded numbers, and words from closed sets. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from signaling.model import Id, Model

IcePath = Literal["host-udp", "host-tcp", "srflx-udp", "srflx-tcp", "relay-udp", "relay-tcp", "relay-tls"]
"""How packets of a link travel: the kind of this side's candidate (srflx also stands for prflx) and its transport."""

Incident = Literal["interrupted", "ice_restart", "video_paused", "video_resumed"]

Fraction = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[float, Field(ge=0, le=60_000)]


class LinkQuality(Model):
    """One link as its receiving end found it since the report before; null is not known. `bitrate` in kbit/s, sent.

    `firstFrame` is told once per link: ms from its opening to the first picture.
    """

    peer: Id
    rtt: Milliseconds | None
    loss: Fraction
    jitter: Milliseconds | None
    frozen: Fraction
    concealed: Fraction | None
    path: IcePath | None
    bitrate: Annotated[int, Field(ge=0, le=1_000_000)] | None
    first_frame: Milliseconds | None = Field(alias="firstFrame")


class IncidentBody(Model):
    """What was over `ago` ms before the report, on the link to `peer` where it concerns one.

    `lasted` is known of an interruption: ms without a path, then it was back.
    """

    what: Incident
    peer: Id | None
    ago: Milliseconds
    lasted: Annotated[int, Field(ge=0, le=3_600_000)] | None


class QualityBody(Model):
    """At most one link per other participant, and what happened since the report before."""

    links: Annotated[tuple[LinkQuality, ...], Field(max_length=8)]
    incidents: Annotated[tuple[IncidentBody, ...], Field(max_length=16)]
