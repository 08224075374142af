"""A complete engine of one's own: it says what it was told."""

from studysmith.deploy.engines.base import BaseEngine, Completion, Message, Mode, Request, before_stop


class Echo(BaseEngine):
    def __init__(self, model: str, mode: Mode = "exact", *, context: int = 512) -> None:
        self.mode, self.context, self.id = mode, context, f"echo/{model}-{mode}"

    def render(self, messages: list[Message]) -> str:
        return "\n".join(f"{m['role']}: {m['content']}" for m in messages)

    def tokenize(self, text: str) -> list[int]:
        return [sum(map(ord, word)) for word in text.split()]

    def complete(self, request: Request) -> Completion:
        request.refuse("echo", "schema", "top_p", "min_p", "repeat_penalty", "logprobs")
        prompt = self.tokenize(self.render(request.messages))
        self.check_room(len(prompt), request)
        words = request.messages[-1]["content"].split()
        said = " ".join(words[: request.max_tokens])
        text = before_stop(said, request.stop)
        cut = len(words) > request.max_tokens and text == said
        ids = self.tokenize(said)
        return Completion(
            text=text, finish_reason="length" if cut else "stop", prompt_tokens=len(prompt),
            completion_tokens=len(ids), prompt_ids=prompt, token_ids=ids, seconds=0.0,
        )  # fmt: skip
