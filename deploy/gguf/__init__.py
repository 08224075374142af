"""GGUF files: reading, writing, converting, and baking soft prompts in."""

__all__ = ["bake", "chat", "convert", "go_template", "header", "templates", "tensors", "torch_model", "vocabulary"]
