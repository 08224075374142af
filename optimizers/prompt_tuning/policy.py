"""TRL's GRPO on a soft prompt: groups of replies to one prompt, held to its grammar as they are when served."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...deploy.threads import fixed_threads
from ...deploy.torch_models import quiet_libraries
from .allowance import Allowance
from .soft_prompt import Point, SoftPrompt, SoftPromptConfig
from .training import LEARN, LOOK
from .vectors import trainable

if TYPE_CHECKING:
    import torch

WINDOW = 8
"""Groups that a mean reward is of: one group says next to nothing."""
SAVE_EVERY = 5
"""Steps between two checkpoints: what a kill can cost."""
Rewards = Callable[[int, list[str]], list[float]]
"""``rewards(question, replies)``: from 0 to 1, one for each reply to the question of that number."""


@dataclass(frozen=True)
class Question:
    """A call as it is served, all that follows the soft prompt, and the schema that its reply is held to."""

    prompt: str
    schema: dict[str, Any]


class _Refused(Exception):  # noqa: N818 (it ends a training, and is no error)
    """The budget allows no further step."""


def reinforce(
    model: Any,
    tokenizer: Any,
    questions: Sequence[Question],
    rewards: Rewards,
    config: SoftPromptConfig,
    *,
    samples: int,
    steps: int,
    temperature: float,
    max_tokens: int,
    allowance: Allowance,
    stop: Callable[[], bool],
    on_step: Callable[[int, float], None],
    folder: Path,
) -> SoftPrompt:
    """The vectors after the last step. Its history has, as a loss, what the mean reward of the last groups lacks to 1.

    A step is one question, so nothing is padded on the left, where positions would be others than when served. What was
    begun in `folder` goes on from its last checkpoint. stop: whether to end after a step, as Ctrl-C does.
    """
    import torch

    started = time.perf_counter()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device).eval().requires_grad_(False)
    with fixed_threads(), _quiet():
        trainer = _trainer(model, tokenizer, questions, rewards, config, samples, steps, temperature, folder)
        group = _Group(tokenizer, questions, samples, temperature, max_tokens, config.tokens, allowance)
        trainer.rollout_func = group.sample
        with torch.no_grad():
            trainer.model.prompt_encoder["default"].embedding.weight.copy_(trainable(model, tokenizer, config)())
        trainer.add_callback(_watch(allowance, stop, on_step))
        from transformers.trainer_utils import get_last_checkpoint

        interrupted = False
        try:
            trainer.train(resume_from_checkpoint=get_last_checkpoint(str(folder)) if folder.is_dir() else None)
        except _Refused:
            interrupted = True
    learned = trainer.accelerator.unwrap_model(trainer.model).prompt_encoder["default"].embedding.weight
    given = [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]
    means = [float(np.mean(given[max(0, step - WINDOW) : step])) for step in range(1, len(given) + 1)]
    seconds = time.perf_counter() - started
    history = [Point(step, seconds, None, 1 - mean) for step, mean in enumerate([0.0, *means])]
    vectors = learned.detach().float().cpu().numpy().astype(np.float32)
    return SoftPrompt(config.name, vectors, tuple(history), group.tokens, interrupted or stop())


def _trainer(
    model: Any,
    tokenizer: Any,
    questions: Sequence[Question],
    rewards: Rewards,
    config: SoftPromptConfig,
    samples: int,
    steps: int,
    temperature: float,
    folder: Path,
) -> Any:
    import torch
    from datasets import Dataset
    from peft import PromptTuningConfig
    from transformers.trainer_callback import PrinterCallback
    from trl import GRPOConfig, GRPOTrainer

    def reward(completions: list[str], question: list[int], **_: Any) -> Any:
        return rewards(question[0], completions)

    arguments = GRPOConfig(
        output_dir=str(folder),
        per_device_train_batch_size=samples,
        num_generations=samples,
        max_steps=steps,
        temperature=temperature,
        beta=0.0,
        learning_rate=config.learning_rate,
        lr_scheduler_type="constant",
        max_grad_norm=config.clip,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=not torch.cuda.is_available(),
        logging_steps=1,
        save_steps=SAVE_EVERY,
        save_total_limit=1,
        seed=config.seed,
        data_seed=config.seed,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
    )
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=reward,
        args=arguments,
        train_dataset=Dataset.from_list([{"prompt": q.prompt, "question": i} for i, q in enumerate(questions)]),
        processing_class=tokenizer,
        peft_config=PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=config.tokens),
        rollout_func=lambda prompts, trainer: {},
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


class _Group:
    """Samples the replies of a step, and counts what that and learning from them takes."""

    def __init__(
        self,
        tokenizer: Any,
        questions: Sequence[Question],
        samples: int,
        temperature: float,
        max_tokens: int,
        soft: int,
        allowance: Allowance,
    ) -> None:
        self._tokenizer, self._samples, self._temperature = tokenizer, samples, temperature
        self._schemas = {question.prompt: question.schema for question in questions}
        self._max_tokens, self._soft, self._allowance = max_tokens, soft, allowance
        self._grammars: Any = None
        self.tokens = 0

    def sample(self, prompts: list[str], trainer: Any) -> dict[str, Any]:
        """What TRL asks of a rollout: ids of prompts and replies, and which of them were sampled (``env_mask``)."""
        import torch

        ids = self._tokenizer(prompts[0], add_special_tokens=False).input_ids
        self._spend(len(prompts), len(prompts) * (self._soft + len(ids)), LOOK)
        model = trainer.accelerator.unwrap_model(trainer.model)
        held = _Held(self._grammar(model).rows([self._schemas[prompt] for prompt in prompts]))
        given = torch.tensor([ids] * len(prompts), device=model.device)
        with torch.no_grad():
            made = model.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                do_sample=True,
                temperature=self._temperature,
                top_k=0,
                top_p=1.0,
                max_new_tokens=self._max_tokens,
                logits_processor=[held],
                pad_token_id=self._tokenizer.pad_token_id,
            )[:, len(ids) :].tolist()
        ends = self._grammars.ends
        lengths = [next((i + 1 for i, token in enumerate(row) if token in ends), len(row)) for row in made]
        replies = [row[:length] for row, length in zip(made, lengths, strict=True)]
        self._spend(0, sum(lengths), LOOK)
        self._spend(len(prompts), sum(self._soft + len(ids) + length for length in lengths), LEARN)
        free = np.stack(held.free, axis=1).astype(int)
        masks = [free[i, :length].tolist() for i, length in enumerate(lengths)]
        return {"prompt_ids": [ids] * len(prompts), "completion_ids": replies, "logprobs": None, "env_mask": masks}

    def _spend(self, examples: int, tokens: int, passes: int) -> None:
        if not self._allowance.may_read(examples, tokens, passes):
            raise _Refused
        self.tokens += tokens

    def _grammar(self, model: Any) -> Any:
        from ...deploy.engines.token_masks import Grammars
        from ...deploy.engines.transformers import end_ids

        if self._grammars is None:
            width = model.get_base_model().get_output_embeddings().weight.shape[0]
            self._grammars = Grammars(self._tokenizer, width, end_ids(model.get_base_model(), self._tokenizer))
        return self._grammars


class _Held:
    """Leaves of the logits what each reply's grammar allows. free: for each token, which replies had a choice there."""

    def __init__(self, rows: Any) -> None:
        self._rows, self.free = rows, []  # type: ignore[var-annotated]

    def __call__(self, ids: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        import torch

        from ...deploy.engines.sampling import unpacked

        if self.free:
            self._rows.take(dict(enumerate(ids[:, -1].tolist())))
        bits = self._rows.allowed(range(len(logits)))
        allowed = unpacked(torch.from_numpy(bits).to(logits.device), logits.shape[-1])
        self.free.append((allowed.sum(-1) > 1).cpu().numpy())
        return logits.masked_fill(~allowed, float("-inf"))


def _watch(allowance: Allowance, stop: Callable[[], bool], on_step: Callable[[int, float], None]) -> Any:
    from transformers import TrainerCallback

    started = time.perf_counter()

    class Watch(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            late = allowance.seconds is not None and time.perf_counter() - started > allowance.seconds
            if stop() or late:
                control.should_training_stop = control.should_save = True

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if "reward" in (logs or {}):
                on_step(state.global_step, logs["reward"])

    return Watch()


@contextmanager
def _quiet() -> Iterator[None]:
    """TRL warns that rollouts are experimental, PEFT of what we do not do; its version is pinned by the lock."""
    quiet_libraries()
    before = os.environ.get("TRL_EXPERIMENTAL_SILENCE")
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before is None:
            del os.environ["TRL_EXPERIMENTAL_SILENCE"]
        else:
            os.environ["TRL_EXPERIMENTAL_SILENCE"] = before
