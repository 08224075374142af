"""The command line: one file per noun, every heavy import inside its command."""

__all__ = ["app", "demo", "finetune", "progress", "rubric"]
