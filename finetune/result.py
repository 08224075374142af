"""What a training run made."""

from pathlib import Path

from pydantic import BaseModel


class TrainResult(BaseModel):
    """What a run made. `model` is relative to the run folder; losses are nats per completion token; `resumed` is the
    step that it went on from."""

    run: Path
    base: str
    method: str
    adapter: str
    model: str
    examples: int
    dropped: int
    data_sha256: str
    steps: int
    loss: float
    held_out_loss: float | None
    seconds: float
    resumed: int
