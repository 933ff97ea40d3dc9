"""Python's garbage collector in a process that serves: it need not walk through the whole application every time."""

import gc
from typing import Final

YOUNG: Final = 20_000
"""So many more objects than were freed set it off, instead of 700: a relayed message leaves some for a while."""
OLDER: Final = 20


def spare_the_code() -> None:
    """Leave what was loaded out of all later collections, without a look at it: as good as nothing of it is free."""
    gc.freeze()


def spare_what_is_here() -> None:
    """Leave what exists now out of all later collections, and have these less often. Call once, when all is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
