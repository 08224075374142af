"""One training of a base on examples, through TRL: LoRA, QLoRA or all weights."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deploy import torch_models as models
from ..deploy.files import write_atomically
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .checkpoints import last_checkpoint, step_of
from .config import TrainConfig
from .curves import Curves
from .data import mixture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .data.mixture import ChatExample


def fit(
    config: TrainConfig,
    examples: "Sequence[ChatExample]",
    watched: "Sequence[ChatExample]",
    run: Path,
    device: str,
    progress: Progress,
) -> dict[str, Any]:
    """Train the base on examples and save it under `run`; fields of a TrainResult.

    Raises InputError, before anything is loaded, where patience has nothing to watch, and after a training that moved
    no weight.
    """
    if config.patience and not watched:
        raise InputError(
            f"patience: {config.held_out:g} of {len(examples)} examples is none, so there is nothing to watch; raise "
            "held_out, or set patience to 0"
        )
    import torch
    from transformers import set_seed

    set_seed(config.seed)
    precision = _precision(config, device)
    use: models.Use = config.adapter.type
    if config.adapter.type == "qlora":
        model, tokenizer = _four_bit(config)
    else:
        opened = models.open_model(config.base, device="cpu", precision=precision, use=use)
        model, tokenizer = opened.model, opened.tokenizer
    rows = mixture.encode(examples, tokenizer, config.max_length)
    held_out = mixture.encode(watched, tokenizer, config.max_length) if watched else None
    model.requires_grad_(config.adapter.type == "full").train()  # adapters bring what they train
    model.config.use_cache = False
    curves = Curves(run / "curves.jsonl", progress if is_main() else silent)
    trainer = _trainer(config, model, tokenizer, rows, held_out, run, device, curves)
    checkpoint = last_checkpoint(run / "checkpoints")
    curves.forget_after(step_of(checkpoint))
    before = _sizes(trainer.model)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if _sizes(trainer.model) == before:
        kept = ", and no step made the watched part better" if config.patience else ""
        raise InputError(
            f"training: {trainer.state.global_step} steps moved no weight (learning rate {config.rate:g}, loss "
            f"{curves.mean_loss():g}{kept}); give more data, epochs or another learning_rate"
        )
    held_out_loss = trainer.evaluate()["eval_loss"] if held_out is not None else None
    kept = "model" if config.adapter.type == "full" else "adapter"
    if is_main():
        _save(trainer.accelerator.unwrap_model(trainer.model), tokenizer, run / kept, config)
        curves.plot(run / "curves.png")
    trainer.accelerator.wait_for_everyone()
    steps = trainer.state.global_step
    del trainer, model
    if device == "cuda":
        torch.cuda.empty_cache()
    return {
        "model": kept,
        "examples": len(rows),
        "data_sha256": _hash(rows),
        "steps": steps,
        "loss": curves.mean_loss(),
        "held_out_loss": held_out_loss if held_out_loss is None else round(held_out_loss, 4),
        "resumed": step_of(checkpoint),
    }


def _trainer(
    config: TrainConfig, model: Any, tokenizer: Any, training: Any, watched: Any, run: Path, device: str, curves: Curves
) -> Any:
    from peft import LoraConfig
    from transformers import EarlyStoppingCallback
    from trl import SFTConfig, SFTTrainer

    from .order import LengthOrder

    world = int(os.environ.get("WORLD_SIZE", "1"))
    each = min(config.device_batch_size, max(1, config.batch_size // world))
    accumulate = max(1, config.batch_size // (each * world))
    rows_per_step = each * accumulate * world
    # Packed rows are counted after packing, so their schedule is given in epochs.
    steps_per_epoch = max(1, len(training) // rows_per_step)
    total = config.max_steps or max(1, round(steps_per_epoch * config.epochs))
    every = max(1, total // max(1, round(config.epochs * config.evaluations))) if not config.packing else 1.0
    strategy = "steps" if not config.packing else "epoch"
    watching: dict[str, Any] = {}
    if watched is not None:
        watching = {"eval_strategy": strategy, "per_device_eval_batch_size": each}
        if strategy == "steps":
            watching["eval_steps"] = every
        if config.patience:
            watching |= {
                "load_best_model_at_end": True,
                "metric_for_best_model": "eval_loss",
                "greater_is_better": False,
            }
    arguments = SFTConfig(
        output_dir=str(run / "checkpoints"),
        num_train_epochs=config.epochs,
        max_steps=config.max_steps or -1,
        per_device_train_batch_size=each,
        gradient_accumulation_steps=accumulate,
        learning_rate=config.rate,
        lr_scheduler_type="cosine",
        # The last step at least learns: a warm-up that took the whole run would leave every weight as it was.
        warmup_steps=min(total - 1, max(1, round(total * config.warmup))) if config.warmup else 0,
        weight_decay=config.weight_decay,
        max_grad_norm=1.0,
        max_length=config.max_length,
        packing=config.packing,
        gradient_checkpointing=config.gradient_checkpointing,
        bf16=device == "cuda" and config.precision != "float32",
        use_cpu=device == "cpu",
        optim="adamw_torch_fused" if device == "cuda" else "adamw_torch",
        logging_steps=max(1, min(10, total // 20)),
        save_strategy=strategy,
        save_steps=every if strategy == "steps" else 500,
        save_total_limit=2,
        seed=config.seed,
        data_seed=config.seed,
        report_to=[],
        disable_tqdm=True,
        logging_nan_inf_filter=False,
        dataloader_num_workers=0,
        **watching,
    )
    adapter = config.adapter
    lora = None
    if adapter.type != "full":
        lora = LoraConfig(
            r=adapter.rank,
            lora_alpha=adapter.alpha or 2 * adapter.rank,
            lora_dropout=adapter.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
    callbacks: list[Any] = [curves.callback()]
    if config.patience:
        callbacks.append(EarlyStoppingCallback(early_stopping_patience=config.patience))

    class Trainer(SFTTrainer):
        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            if config.packing:
                return super()._get_train_sampler(train_dataset)
            return LengthOrder([len(row) for row in training["input_ids"]], rows_per_step, config.seed)

    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=training,
        eval_dataset=watched,
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=callbacks,
    )
    from transformers.trainer_callback import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    return trainer


def _sizes(model: Any) -> list[float]:
    """The sum of every trained weight's magnitudes: another one where it moved."""
    return [float(weight.detach().double().abs().sum()) for weight in model.parameters() if weight.requires_grad]


def _precision(config: TrainConfig, device: str) -> models.Precision:
    """Of the stored weights. Trained weights stay in float32 (bf16 arithmetic is autocast's on CUDA); a frozen base is
    kept in whatever the device computes in fastest."""
    if config.precision != "auto":
        return config.precision
    return models.fast_precision(device) if config.adapter.type == "lora" else "float32"


def _four_bit(config: TrainConfig) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    try:
        import bitsandbytes  # noqa: F401
    except ImportError as error:
        raise InputError("adapter: qlora needs the package bitsandbytes; install it or use lora") from error
    path = models.artefact(config.base)
    name = str(path or config.base)
    if models.find_gguf(config.base, path) is not None:
        raise InputError(
            f"base: qlora starts from a Hugging Face folder or hub id, and {config.base} is a GGUF file; use lora"
        )
    models.check_fits(config.base, models.parameters(path or name), "qlora", "bfloat16", "cuda")
    settings = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    tokenizer = AutoTokenizer.from_pretrained(name)
    return AutoModelForCausalLM.from_pretrained(name, quantization_config=settings, dtype=torch.bfloat16), tokenizer


def _save(model: Any, tokenizer: Any, folder: Path, config: TrainConfig) -> None:
    import torch

    if config.adapter.type == "full":
        # Shipped and tested in bfloat16: what is measured is what is stored.
        model.to(torch.bfloat16).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_atomically(folder / "tuned.json", json.dumps({"base": config.base}))
        return
    model.peft_config["default"].base_model_name_or_path = config.base
    model.save_pretrained(folder)


def _hash(rows: Any) -> str:
    import hashlib

    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([row["input_ids"], row["labels"]]).encode())
    return digest.hexdigest()


def is_main() -> bool:
    return int(os.environ.get("RANK", "0")) == 0
