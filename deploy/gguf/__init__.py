"""GGUF files: reading, writing, converting, and baking soft prompts in."""

__all__ = ["bake", "chat", "convert", "ggml", "header", "quantize", "templates", "tensors", "torch_model"]
