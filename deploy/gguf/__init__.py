"""GGUF files: reading, writing, converting, and baking soft prompts in."""

__all__ = [
    "bake",
    "chat",
    "convert",
    "ggml",
    "go_template",
    "header",
    "lora",
    "pre_tokenizer",
    "quantize",
    "run_converter",
    "run_trial",
    "sandbox",
    "templates",
    "tensors",
    "torch_model",
    "trial",
    "vocabulary",
]
