"""Lines over the time of a call, as the points of SVG polylines. Pure; the template draws them and says them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WIDTH: Final = 480
HEIGHT: Final = 96
PAUSE: Final = timedelta(seconds=16)
"""Reports come every five seconds: where three are missing the line has a gap."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, which is the width of a chart."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        """Give the place of a moment; what lies outside is put at the edge."""
        length = max(1.0, (self.end - self.start).total_seconds())
        return round(min(1.0, max(0.0, (at - self.start).total_seconds() / length)) * WIDTH, 1)


@dataclass(frozen=True, slots=True)
class Lines:
    """What is drawn: pieces of the line, single dots, and the height of the limit."""

    pieces: Sequence[str]
    dots: Sequence[tuple[float, float]]
    limit: float


def lines(span: Span, values: Iterable[tuple[datetime, int | None]], limit: int, top: int) -> Lines:
    """Draw values between 0 and `top`; what is higher is drawn at the top. Unknown values leave a gap."""
    runs: list[list[tuple[float, float]]] = []
    last: datetime | None = None
    for at, value in values:
        if value is None:
            last = None
            continue
        if last is None or at - last > PAUSE:
            runs.append([])
        runs[-1].append((span.x(at), _y(value, top)))
        last = at
    pieces = [" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1]
    return Lines(pieces, [run[0] for run in runs if len(run) == 1], _y(limit, top))


def _y(value: int, top: int) -> float:
    return round(HEIGHT - 2 - min(value, top) / top * (HEIGHT - 4), 1)
