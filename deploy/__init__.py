"""Running a model and shipping it: engines, GGUF files, bundles."""

__all__ = [
    "bundle",
    "doctor",
    "engines",
    "errors",
    "files",
    "gguf",
    "journal",
    "machine",
    "models",
    "planner",
    "probe",
    "quality",
    "shipped",
    "threads",
    "torch_models",
]
