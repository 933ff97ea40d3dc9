"""How a failure is written into the log: its places, never its message, which may quote what a person typed."""

import traceback
from pathlib import PurePath

_INNERMOST = 6


def places(error: BaseException) -> str:
    """Give where it happened, innermost last: `actions.py:41 < store.py:77`."""
    frames = traceback.extract_tb(error.__traceback__)[-_INNERMOST:]
    return " < ".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)
