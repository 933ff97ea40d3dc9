"""Which files may be attached, by what they are and not by how they are called."""

import pytest

from server.consults.attachment_rules import (
    KINDS,
    LARGEST,
    MOST,
    PART,
    TOO_LARGE,
    TOO_MANY,
    MediaType,
    Sent,
    kept_name,
    media_type_of,
    parts_of,
    trouble_with,
)
from tests.server.consults.written_cases import PDF, PNG


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PNG, MediaType.PNG),
        (b"\xff\xd8\xff\xe0" + bytes(20), MediaType.JPEG),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", MediaType.WEBP),
        (PDF, MediaType.PDF),
        (b"<html><script>alert(1)</script>", None),
        (b"GIF89a", None),
        (b"RIFF\x10\x00\x00\x00WAVE", None),
        (b"%PDF-1.7 without an end", None),
        (b"\x89PNG\r\n\x1a\nnothing of a picture", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, found: MediaType | None) -> None:
    assert media_type_of(content) is found


def test_what_is_wrong_with_files_is_said_in_words() -> None:
    fine = Sent("a.png", PNG)
    assert trouble_with([fine, Sent("b.pdf", PDF)], MOST - 2) == ""
    assert trouble_with([fine], MOST) == TOO_MANY
    assert trouble_with([Sent("a.png", PNG + bytes(LARGEST))], 0) == TOO_LARGE
    assert trouble_with([fine, Sent("page.png", b"<html>")], 0) == KINDS


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("scan.PDF", "scan.pdf"),
        ("C:\\Users\\me\\ECG 12.pdf", "ECG 12.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ('a"; filename="b.exe', "a__ filename__b.exe.pdf"),
        ("page.html", "page.html.pdf"),
        ("...", "file.pdf"),
        ("x" * 300, "x" * 80 + ".pdf"),
    ],
)
def test_a_name_is_kept_so_that_it_is_safe_anywhere(name: str, kept: str) -> None:
    assert kept_name(name, MediaType.PDF) == kept


def test_a_jpeg_keeps_its_name_however_it_is_spelt() -> None:
    assert kept_name("photo.jpeg", MediaType.JPEG) == "photo.jpg"


@pytest.mark.parametrize(("size", "parts"), [(0, 1), (1, 1), (PART, 1), (PART + 1, 2), (3 * PART - 1, 3)])
def test_a_file_is_the_sum_of_its_parts_and_none_is_larger_than_one_transaction_may_write(
    size: int, parts: int
) -> None:
    content = bytes(number % 251 for number in range(size))
    found = parts_of(content)
    assert (len(found), b"".join(found)) == (parts, content)
    assert all(len(part) <= PART for part in found)
