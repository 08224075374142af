"""What an engine can refuse, each as one clear line."""

from ..programs.errors import StudysmithError


class EngineError(StudysmithError, RuntimeError):
    """Base of every error of the engine and the model registry."""


class ModelError(EngineError, ValueError):
    """The model cannot be found, read, converted or loaded."""


class RequestError(EngineError, ValueError):
    """The request itself is malformed: messages, sampling settings or soft tokens."""


class CannotScore(RequestError):  # noqa: N818 (reads as what happened)
    """The engine does not say how likely a reply is."""


class ContextOverflow(RequestError):  # noqa: N818 (reads as what happened)
    """Prompt and reply do not fit into the context of one slot. index: whose, where many requests were given."""

    index: int | None = None

    def __init__(self, prompt_tokens: int, max_tokens: int, limit: int) -> None:
        self.prompt_tokens, self.max_tokens, self.limit = prompt_tokens, max_tokens, limit
        super().__init__(
            f"the prompt has {prompt_tokens} tokens and the reply may have {max_tokens}, "
            f"which is more than the context of {limit}; shorten the text or raise the context"
        )


class SchemaError(EngineError, ValueError):
    """A JSON schema uses something that the grammar cannot enforce."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"schema at {path}: {reason}")


class OutputError(EngineError):
    """The model's reply does not follow the schema of its request."""


class TruncatedOutput(OutputError):  # noqa: N818 (reads as what happened)
    """The reply reached max_tokens before it was finished."""


class BudgetExceeded(EngineError):  # noqa: N818 (reads as what happened)
    """A limit of the meter is reached; raised before the call, so nothing was spent on it."""


class BundleError(EngineError, ValueError):
    """A bundle is incomplete, was changed, or holds what it may not."""
