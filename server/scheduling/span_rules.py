"""Pure: arithmetic of times as spans of minutes, half-open as (start, end): put together, taken away, compared.

Lists of spans are in order, and no two of one list touch.
"""

from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Put spans in order and those together that overlap or touch; empty ones are dropped."""
    ordered = sorted(span for span in spans if span[0] < span[1])
    if not ordered:
        return []
    found: list[Span] = []
    open_from, open_to = ordered[0]
    for start, end in ordered:
        if start > open_to:
            found.append((open_from, open_to))
            open_from, open_to = start, end
        elif end > open_to:
            open_to = end
    found.append((open_from, open_to))
    return found


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Take spans away from others."""
    if not taken:
        return list(spans)
    left: list[Span] = []
    at, count = 0, len(taken)
    for start, end in spans:
        while at < count and taken[at][1] <= start:
            at += 1
        free_from = start
        while at < count and taken[at][0] < end:
            low, high = taken[at]
            if low > free_from:
                left.append((free_from, low))
            free_from = high
            if high >= end:
                break
            at += 1
        if free_from < end:
            left.append((free_from, end))
    return left


def clipped(spans: list[Span], low: int, high: int) -> list[Span]:
    """Cut off what lies before `low` and from `high` on."""
    kept = [span for span in spans if span[1] > low and span[0] < high]
    if kept and kept[0][0] < low:
        kept[0] = low, kept[0][1]
    if kept and kept[-1][1] > high:
        kept[-1] = kept[-1][0], high
    return kept


def meets(span: Span, other: Span) -> bool:
    """Tell whether two spans overlap; touching is not overlapping."""
    return span[0] < other[1] and other[0] < span[1]


def covers(spans: Iterable[Span], wanted: Span) -> bool:
    """Tell whether one of the spans holds all of another."""
    return any(start <= wanted[0] and wanted[1] <= end for start, end in spans)


def overlapping(spans: Iterable[tuple[Span, int]]) -> Iterator[tuple[int, int]]:
    """Give the pairs of owners whose spans overlap, each pair once, the smaller number first."""
    seen: set[tuple[int, int]] = set()
    ahead: list[tuple[Span, int]] = []
    for span, owner in sorted(spans):
        ahead = [(other, whose) for other, whose in ahead if other[1] > span[0]]
        for other, whose in ahead:
            pair = (min(owner, whose), max(owner, whose))
            if whose != owner and meets(span, other) and pair not in seen:
                seen.add(pair)
                yield pair
        ahead.append((span, owner))
