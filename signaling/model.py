"""What all models of the protocol are made of. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
"""1 to 64 visible ASCII characters."""


class Model(BaseModel):
    """What all models of the protocol share: frozen, nothing converted, nothing extra."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)
