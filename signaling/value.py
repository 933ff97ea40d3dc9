"""Values of which one or more are made for each relayed message. Frozen to the type checker, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, slots: bool) -> object:
        """Make a dataclass; one that is frozen at run time takes three to five times as long to build."""
        return dataclass(slots=slots)


__all__ = ["value"]
