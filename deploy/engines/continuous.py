"""The engine over transformers' own continuous batching, for CUDA."""

import hashlib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import RequestError
from ..torch_models import choose_device
from .base import Request
from .transformers import TransformersEngine, alike, end_ids

if TYPE_CHECKING:
    from .sampling import Recorded


class ContinuousEngine(TransformersEngine):
    """transformers' continuous batching with a paged cache. Its batches depend on timing, so its floats, and now and
    then its text, differ from run to run: there is no exact mode."""

    name = "continuous"
    refuses: ClassVar[tuple[str, ...]] = ("schema", "top_p", "min_p", "repeat_penalty", "logprobs")

    def __init__(
        self,
        model: Any,
        mode: Any = "exact",
        *,
        device: str = "auto",
        precision: Any = None,
        context: int | None = None,
    ) -> None:
        if mode == "exact":
            raise RequestError("mode: continuous batching has no exact mode; use fast, or another engine")
        if choose_device(device) != "cuda":
            raise RequestError("engine: continuous needs device cuda; on a CPU use llamacpp or transformers")
        super().__init__(model, mode, device=device, precision=precision, context=context)

    def _prepare(self) -> None:
        """Attention stays transformers' own."""

    def batches(self, requests: Sequence[Request], skip: Collection[int] = ()) -> list[list[int]]:
        """See Engine.batches; the whole work is one, which transformers cuts as it likes."""
        found: dict[tuple[float, ...], list[int]] = {}
        for i in sorted(self._lengths(requests, skip).keys() - set(skip)):
            found.setdefault(alike(requests[i]), []).append(i)
        return list(found.values())

    def _generate(
        self, ids: list[list[int]], requests: Sequence[Request]
    ) -> tuple[list[list[int]], "list[list[Recorded]]"]:
        from transformers import ContinuousBatchingConfig, GenerationConfig

        # Rows have no seeds of their own here: one follows from all.
        digest = hashlib.sha256(repr([request.seed for request in requests]).encode()).digest()
        seed, temperature = int.from_bytes(digest[:4], "big"), requests[0].temperature
        found = self._model.generate_batch(
            ids,
            generation_config=GenerationConfig(
                max_new_tokens=requests[0].max_tokens,
                do_sample=temperature > 0,
                temperature=temperature or None,
                eos_token_id=end_ids(self._model, self._tokenizer),
                pad_token_id=self._tokenizer.pad_token_id,
            ),
            continuous_batching_config=ContinuousBatchingConfig(seed=seed),
        )
        # Results are keyed by request, and requests are numbered in the order they were given.
        outputs = sorted(found.values(), key=lambda o: int(o.request_id.rpartition("_")[2]))
        return [list(output.generated_tokens) for output in outputs], [[] for _ in outputs]
