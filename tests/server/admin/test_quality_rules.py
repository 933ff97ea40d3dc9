"""The sentences about one participant's connection."""

from datetime import timedelta

import pytest

from server.admin.quality_rules import Bounds, Finding, Moment, Point, Spread, account, worst_of
from tests.cast import TEN

BOUNDS = Bounds(300, 30, 100)


def points(*numbers: tuple[int | None, int, int], path: str | None = "host-udp") -> list[Point]:
    return [Point(TEN + timedelta(seconds=5 * n), *three, path) for n, three in enumerate(numbers)]


def moments(*words: str | tuple[str, int], apart: int = 10) -> list[Moment]:
    pairs = [(word, None) if isinstance(word, str) else word for word in words]
    return [Moment(TEN + timedelta(seconds=apart * n), what, lasted) for n, (what, lasted) in enumerate(pairs)]


SMOOTH = points(*[(40, 0, 0)] * 10)


@pytest.mark.parametrize(
    ("story", "findings"),
    [
        (moments("joined", "left"), [Finding("smooth")]),
        (moments(("interrupted", 1400), ("interrupted", 900)), [Finding("interrupted", 2, 2)]),
        (moments(("interrupted", 20)), [Finding("interrupted", 1, 1)]),
        (moments("joined", "lost", "reconnected", "left"), [Finding("server_lost", 1)]),
        (moments("joined", "lost", "left"), [Finding("not_back")]),
        (moments("joined", "lost"), [Finding("not_back")]),
        (moments("joined", "lost", "left", apart=60), [Finding("smooth")]),
        (moments("video_paused", "video_resumed", "video_paused"), [Finding("video_paused", 2)]),
    ],
)
def test_what_happened_is_summed_up(story: list[Moment], findings: list[Finding]) -> None:
    assert account(SMOOTH, story, BOUNDS).findings == findings


def test_what_was_weak_for_a_tenth_of_the_call_is_told_with_its_share() -> None:
    weak = points(*[(301, 31, 101)] * 2, *[(40, 0, 0)] * 18)
    assert account(weak, [], BOUNDS).findings == [
        Finding("slow", percent=10),
        Finding("lossy", percent=10),
        Finding("frozen", percent=10),
    ]
    assert account(points((301, 31, 101), *[(None, 0, 0)] * 10), [], BOUNDS).findings == [Finding("smooth")]


def test_the_relay_is_told_of_beside_everything_else() -> None:
    told = account(points((40, 0, 0), path="relay-tcp"), [], BOUNDS)
    assert (told.findings, told.path) == ([Finding("smooth"), Finding("relayed")], "relay-tcp")


def test_of_somebody_of_whom_nothing_is_known_that_is_said() -> None:
    told = account([], [], BOUNDS)
    assert (told.findings, told.rtt, told.path) == ([Finding("nothing")], Spread(), None)


def test_numbers_have_what_was_usual_and_the_worst() -> None:
    told = account(points((40, 0, 0), (None, 10, 0), (90, 20, 500)), [], BOUNDS)
    assert (told.rtt, told.loss, told.frozen) == (Spread(65, 90), Spread(10, 20), Spread(0, 500))


def test_of_several_links_at_one_moment_the_worst_counts() -> None:
    later = TEN + timedelta(seconds=5)
    seen = worst_of(
        [
            Point(later, None, 0, 0),
            Point(TEN, 40, 9, 0, None),
            Point(TEN, None, 0, 7, "srflx-udp"),
            Point(TEN, 90, 1, 1),
        ]
    )
    assert seen == [Point(TEN, 90, 9, 7, "srflx-udp"), Point(later, None, 0, 0)]
