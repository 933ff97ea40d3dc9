"""Bars beside each other, as the numbers of an SVG. Pure; the template draws them and says them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 320
ROW: Final = 36
MOST: Final = 12
"""So many bars are drawn; the table beside has all."""
LONGEST: Final = 34
_LEAST = 2.0  # a bar that is not nothing is seen


@dataclass(frozen=True, slots=True)
class Value:
    """What a bar stands for: its name, how much, in words, and a second value that is marked on it."""

    name: str
    amount: float
    words: str
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it lies, how long it is, and where its mark is."""

    name: str
    words: str
    top: int
    length: float
    mark: float | None


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars, and how high it is."""

    bars: Sequence[Bar]
    height: int
    left_out: int


def bars(values: Sequence[Value], full: float | None = None, *, in_order: bool = False) -> Bars:
    """Draw the largest values, the largest first or `in_order` as they are given, like the hours of a day.

    A bar of `full` is as wide as the chart; else the largest is.
    """
    shown = sorted(values, key=lambda one: -one.amount)[:MOST]
    if in_order:
        shown = [one for one in values if one in shown]
    whole = full or max((max(one.amount, one.mark or 0) for one in shown), default=0) or 1
    drawn = [
        Bar(
            name=one.name if len(one.name) <= LONGEST else f"{one.name[: LONGEST - 1]}…",
            words=one.words,
            top=nth * ROW,
            length=max(_LEAST, _x(one.amount, whole)) if one.amount else 0,
            mark=None if one.mark is None else _x(one.mark, whole),
        )
        for nth, one in enumerate(shown)
    ]
    return Bars(drawn, len(drawn) * ROW, len(values) - len(drawn))


def _x(amount: float, whole: float) -> float:
    return round(min(1.0, amount / whole) * WIDTH, 1)
