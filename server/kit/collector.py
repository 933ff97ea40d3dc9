"""Python's garbage collector in a process that serves: it need not walk through the whole application every time."""

import gc
from typing import Final

YOUNG: Final = 100_000
"""So many more objects than were freed set it off, instead of 700.

A relayed message leaves some ten behind until its room has gone on by a hundred or two. With fewer than that of all the
rooms of a busy process it would look through them again and again, and find that all of them are still in use.
"""
OLDER: Final = 20


def spare_the_code() -> None:
    """Leave what was loaded out of all later collections, without a look at it: as good as nothing of it is free."""
    gc.freeze()


def spare_what_is_here() -> None:
    """Leave what exists now out of all later collections, and have these less often. Call once, when all is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
