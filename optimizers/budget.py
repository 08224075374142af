"""What a search may spend. Whichever limit is reached first ends it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..deploy.engines.meter import Meter


class Budget(BaseModel):
    """Limits on a search: calls of the model, tokens (prompt and reply), seconds. None means no such limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lm_calls: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _ends(self) -> Budget:
        if self.lm_calls is None and self.tokens is None and self.seconds is None:
            raise ValueError("a budget needs a limit: lm_calls, tokens or seconds")
        return self

    def meter(self) -> Meter:
        """A fresh meter that stops calls at these limits."""
        return Meter(max_calls=self.lm_calls, max_tokens=self.tokens, max_seconds=self.seconds)
