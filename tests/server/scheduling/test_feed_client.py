"""A feed is fetched from a real server, and from nowhere inside: hostile answers end in words, never in a wait."""

from typing import TYPE_CHECKING

import pytest

from server.kit.feed import FeedRefused, FeedTrouble
from server.scheduling import feed_client
from server.scheduling.feed_client import Fetched, busy_by_feed, feed_address, fetch_feed
from server.scheduling.feed_words import FEED_TROUBLES
from server.settings import Settings
from tests.contract.messages import spanish
from tests.server.kit.calendars import DENVER, END, START, at, event, feed
from tests.server.scheduling.hospital import hospital, moved, ok

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio

HOSPITAL = feed(event("DTSTART:20261110T170000Z", "DTEND:20261110T180000Z", "SUMMARY:Rounds"))
HERE = Settings(outbound_allow=("127.0.0.1",))


async def trouble(address: str, settings: Settings = HERE) -> FeedTrouble:
    with pytest.raises(FeedRefused) as refused:
        await fetch_feed(settings, address)
    return refused.value.trouble


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("https://c.test/a.ics", "https://c.test/a.ics"),
        ("  webcal://c.test/a.ics?key=1\n", "https://c.test/a.ics?key=1"),
        ("WEBCAL://c.test/A.ics", "https://c.test/A.ics"),
        ("webcals://c.test:8443/", "https://c.test:8443/"),
    ],
)
def test_webcal_means_https(pasted: str, address: str) -> None:
    assert feed_address(pasted) == address


@pytest.mark.parametrize(
    "pasted",
    [
        *("", "c.test/a.ics", "ftp://c.test/", "file:///etc/passwd", "javascript:alert(1)", "https://", "https://[::1"),
        *(
            "https://me:secret@c.test/",
            "https://c.test/\r\nX-Header: 1",
            "https://c.test/a b",
            f"https://c.test/{'a' * 2000}",
        ),
    ],
)
def test_what_is_no_address_of_a_calendar_is_refused(pasted: str) -> None:
    with pytest.raises(FeedRefused) as refused:
        feed_address(pasted)
    assert refused.value.trouble is FeedTrouble.ADDRESS


async def test_a_feed_becomes_busy_spans(site: "World") -> None:
    async with hospital(lambda _: ok(HOSPITAL)) as url:
        fetched = await fetch_feed(HERE, f"{url}/a.ics")
    assert fetched.content is not None
    found = await busy_by_feed(site.deps, fetched.content, START, END, DENVER)
    assert found.spans == ((at("2026-11-10 17:00"), at("2026-11-10 18:00")),)


async def test_a_feed_that_moved_is_followed() -> None:
    async with hospital(lambda path: moved("/new.ics") if path == "/old.ics" else ok(HOSPITAL)) as url:
        assert (await fetch_feed(HERE, f"{url}/old.ics")).content == HOSPITAL


async def test_a_feed_is_asked_for_by_the_tag_that_it_had_and_may_be_unchanged() -> None:
    heads: list[str] = []
    async with hospital(lambda _: ok(HOSPITAL, more='ETag: "v1"\r\n'), heads=heads) as url:
        assert (await fetch_feed(HERE, f"{url}/a.ics")).etag == '"v1"'
    async with hospital(lambda _: ok(b"", status="304 Not Modified"), heads=heads) as url:
        assert await fetch_feed(HERE, f"{url}/a.ics", '"v1"') == Fetched(None, '"v1"')
    assert ["if-none-match" in head for head in heads] == [False, True]


async def test_unchanged_since_nothing_is_no_answer() -> None:
    async with hospital(lambda _: ok(b"", status="304 Not Modified")) as url:
        assert await trouble(f"{url}/a.ics") is FeedTrouble.ANSWER


@pytest.mark.parametrize("tag", ['"' + "x" * 300 + '"', '"caf\u00e9"'])
async def test_a_tag_that_cannot_be_sent_back_is_not_kept(tag: str) -> None:
    async with hospital(lambda _: ok(HOSPITAL, more=f"ETag: {tag}\r\n")) as url:
        assert (await fetch_feed(HERE, f"{url}/a.ics")).etag == ""


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "https://169.254.169.254/latest/", "https://[::1]/", "https://192.168.1.1/", "http://c.test/"],
)
async def test_a_redirect_to_the_inside_is_refused(target: str) -> None:
    asked: list[str] = []
    async with hospital(lambda _: moved(target), asked) as url:
        assert await trouble(f"{url}/a.ics") in {FeedTrouble.INSIDE, FeedTrouble.SILENT}
    assert asked == ["/a.ics"]


async def test_the_last_of_several_hops_is_checked_like_the_first() -> None:
    async with hospital(lambda path: moved(f"/{int(path[1:]) - 1}" if path != "/0" else "https://10.0.0.1/")) as url:
        assert await trouble(f"{url}/3") is FeedTrouble.INSIDE


async def test_redirects_without_end_are_cut() -> None:
    asked: list[str] = []
    async with hospital(lambda _: moved("/a.ics"), asked) as url:
        assert await trouble(f"{url}/a.ics") is FeedTrouble.SILENT
    assert len(asked) == 6


async def test_a_redirect_to_another_kind_of_address_is_not_followed() -> None:
    async with hospital(lambda _: moved("file:///etc/passwd")) as url:
        assert await trouble(f"{url}/a.ics") in {FeedTrouble.SILENT, FeedTrouble.INSIDE}


async def test_a_server_inside_is_asked_only_on_the_operators_word() -> None:
    asked: list[str] = []
    async with hospital(lambda _: ok(HOSPITAL), asked) as url:
        assert await trouble(url, Settings()) is FeedTrouble.INSIDE
    assert asked == []


@pytest.mark.parametrize("length", [True, False], ids=["announced", "streamed"])
async def test_more_than_a_calendar_holds_is_cut_while_it_comes(monkeypatch: pytest.MonkeyPatch, length: bool) -> None:
    monkeypatch.setattr(feed_client, "LARGEST", 1000)
    async with hospital(lambda _: ok(b"a" * 100_000, length=length)) as url:
        assert await trouble(url) is FeedTrouble.TOO_LARGE


async def test_a_compressed_answer_is_not_unpacked() -> None:
    async with hospital(lambda _: ok(b"\x1f\x8b", more="Content-Encoding: gzip\r\n")) as url:
        assert await trouble(url) is FeedTrouble.TOO_LARGE


async def test_whoever_does_not_answer_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_client, "SECONDS", 0.2)
    async with hospital(lambda _: b"") as url:
        assert await trouble(url) is FeedTrouble.SILENT


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("401 No", FeedTrouble.PRIVATE),
        ("403 No", FeedTrouble.PRIVATE),
        ("404 No", FeedTrouble.GONE),
        ("410 No", FeedTrouble.GONE),
        ("500 No", FeedTrouble.ANSWER),
        ("204 None", FeedTrouble.ANSWER),
    ],
)
async def test_what_the_server_answers_is_told_apart(status: str, expected: FeedTrouble) -> None:
    async with hospital(lambda _: ok(b"", status=status)) as url:
        assert await trouble(url) is expected


async def test_what_is_no_http_is_silence() -> None:
    async with hospital(lambda _: b"220 mail.example.org ESMTP\r\n") as url:
        assert await trouble(url) is FeedTrouble.SILENT


@pytest.mark.parametrize("trouble", FeedTrouble)
def test_whatever_is_wrong_its_owner_reads_what_to_do(trouble: FeedTrouble) -> None:
    words = FEED_TROUBLES[trouble]
    assert words.endswith(".")
    assert any(words in catalog for catalog in spanish().values())
