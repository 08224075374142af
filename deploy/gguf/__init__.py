"""GGUF files: reading, writing, converting, and baking soft prompts in."""

__all__ = ["bake", "chat", "convert", "header", "lora", "templates", "tensors", "torch_model"]
