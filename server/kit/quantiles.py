"""What a share of some values does not exceed. Pure."""

from collections.abc import Sequence
from math import ceil


def quantile(values: Sequence[int], share: float) -> int | None:
    """Give the smallest value that a share of all values does not exceed (nearest rank); None where there is none."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else None
