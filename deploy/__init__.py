"""Running a model and shipping it: engines, GGUF files, bundles."""

__all__ = [
    "bundle",
    "default_bundle",
    "doctor",
    "engines",
    "errors",
    "files",
    "gguf",
    "journal",
    "machine",
    "models",
    "phone",
    "planner",
    "probe",
    "quality",
    "shipped",
    "threads",
    "torch_models",
    "web",
]
