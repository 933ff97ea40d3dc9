"""Pure: which files may be attached to a case, and what they are, judged by their content and never by their name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from server.kit.forms import N_

LARGEST = 10 * 1024 * 1024
"""Bytes of one file."""
PART = 128 * 1024
"""Bytes of a file that are written in one transaction: more would keep SQLite's only writer from others."""
MOST = 20
"""Files of one case."""
AT_ONCE = 4
"""Files of one message."""
LONGEST_NAME = 80
KINDS = N_("Attach PNG, JPEG or WebP pictures, or PDF files.")
TOO_LARGE = N_("Each file may have 10 MB at most.")
TOO_MANY = N_("A case may have 20 files at most.")
_UNSAFE = re.compile(r"[^\w .()-]")


class MediaType(StrEnum):
    """What may be attached."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    PDF = "application/pdf"


_ENDINGS = {MediaType.PNG: "png", MediaType.JPEG: "jpg", MediaType.WEBP: "webp", MediaType.PDF: "pdf"}
_ALSO = {MediaType.JPEG: {"jpg", "jpeg"}}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)


def media_type_of(content: bytes) -> MediaType | None:
    """Tell what a file is by how it begins and ends; None for anything that is not wanted here.

    PNG (RFC 2083), JPEG (ITU T.81), WebP (RFC 9649) and PDF (ISO 32000).
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return MediaType.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]:
        return MediaType.PDF
    return None


def trouble_with(files: Sequence[Sent], already: int) -> str:
    """Say what is wrong with files for a case that has so many already; empty when nothing is."""
    if already + len(files) > MOST:
        return TOO_MANY
    if any(len(one.content) > LARGEST for one in files):
        return TOO_LARGE
    return KINDS if any(media_type_of(one.content) is None for one in files) else ""


def parts_of(content: bytes) -> list[bytes]:
    """Cut a file into what is written at once, in order; one part at least."""
    return [content[start : start + PART] for start in range(0, len(content), PART)] or [b""]


def kept_name(name: str, media_type: MediaType) -> str:
    """Give a name under which a file can be kept and saved anywhere, with the ending of what it is."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, _, ending = last.rpartition(".")
    fits = ending.lower() in _ALSO.get(media_type, {_ENDINGS[media_type]})
    clean = _UNSAFE.sub("_", stem if fits else last).strip(" .")[:LONGEST_NAME] or "file"
    return f"{clean}.{_ENDINGS[media_type]}"
