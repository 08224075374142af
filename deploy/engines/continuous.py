"""The engine over transformers' own continuous batching, for CUDA."""

from collections.abc import Collection, Sequence
from typing import Any

from ..errors import RequestError
from ..torch_models import choose_device
from .base import Request
from .transformers import TransformersEngine, end_ids


class ContinuousEngine(TransformersEngine):
    """transformers' continuous batching with a paged cache. Its batches depend on timing, so its floats, and now and
    then its text, differ from run to run: there is no exact mode."""

    name = "continuous"

    def __init__(self, model: Any, mode: Any = "exact", *, device: str = "auto", precision: Any = None) -> None:
        if mode == "exact":
            raise RequestError("mode: continuous batching has no exact mode; use fast, or another engine")
        if choose_device(device) != "cuda":
            raise RequestError("engine: continuous needs device cuda; on a CPU use llamacpp or transformers")
        super().__init__(model, mode, device=device, precision=precision)

    def _prepare(self) -> None:
        """Attention stays transformers' own."""

    def batches(self, requests: Sequence[Request], skip: Collection[int] = ()) -> list[list[int]]:
        """See Engine.batches; the whole work is one, which transformers cuts as it likes."""
        alike: dict[tuple[int, float], list[int]] = {}
        for i in sorted(set(range(len(requests))).difference(skip)):
            alike.setdefault((requests[i].max_tokens, requests[i].temperature), []).append(i)
        return list(alike.values())

    def _generate(self, ids: list[list[int]], max_tokens: int, temperature: float, seed: int) -> list[list[int]]:
        from transformers import ContinuousBatchingConfig, GenerationConfig

        found = self._model.generate_batch(
            ids,
            generation_config=GenerationConfig(
                max_new_tokens=max_tokens,
                do_sample=temperature > 0,
                temperature=temperature or None,
                eos_token_id=end_ids(self._model, self._tokenizer),
                pad_token_id=self._tokenizer.pad_token_id,
            ),
            continuous_batching_config=ContinuousBatchingConfig(seed=seed),
        )
        # Results are keyed by request, and requests are numbered in the order they were given.
        outputs = sorted(found.values(), key=lambda o: int(o.request_id.rpartition("_")[2]))
        return [list(output.generated_tokens) for output in outputs]
