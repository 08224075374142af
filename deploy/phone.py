"""Whether a bundle fits on an iPhone, and how fast it can be there at most, from the file and published numbers.

Nothing here was measured on a phone. Memory is counted, speed is bounded: to make a token, each weight is read once,
so no runtime makes more tokens a second than bandwidth / bytes read.
"""

from __future__ import annotations

from functools import cache
from math import prod
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from ..programs.steps import SOFT
from ..programs.yaml_file import read_yaml
from .bundle.bundle import GOLDEN, MODEL, PROGRAM, check
from .bundle.chat import is_chat
from .bundle.frozen import FrozenProgram, FrozenStep
from .bundle.golden import Golden
from .engines.base import BaseEngine, Engine, Message
from .engines.open import open_engine
from .gguf.header import Header, read_header
from .models import resolve
from .planner import PROGRAMS

DATA = Path(__file__).parent / "data" / "phones.yaml"
KV_BYTES = 2
"""Of a number in the KV cache: every runtime named here keeps 16 bits unless told otherwise."""
SOFT_TOKENS = 32
"""Of a soft prompt, where the bundle has none to count."""
Format = Literal["web", "chat", "mlx"]
"""What `export --to` makes for a phone."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Phone(_Strict):
    """limit_gb and entitled_gb: what one app may use, without and with the entitlement for increased memory."""

    name: str
    chip: str
    memory_gb: float
    bandwidth_gb_s: float
    limit_gb: float
    entitled_gb: float


class Published(_Strict):
    """A speed that somebody else measured. read_bytes: what one token of that model reads."""

    phone: str
    model: str
    bits: int
    read_bytes: int
    runtime: str
    tokens_per_second: float
    source: str


class Reading(_Strict):
    """How fast a phone read a prompt. weights: those outside the embedding table."""

    phone: str
    weights: int
    tokens_per_second: float
    source: str


class App(_Strict):
    name: str
    opens: list[Format]
    says: str


class Known(_Strict):
    """The table of phones, apps and published speeds."""

    sources: dict[str, str]
    phones: list[Phone]
    margin_gb: float
    published: list[Published]
    reading: Reading
    apps: list[App]

    def phone(self, chip: str) -> Phone:
        return next(phone for phone in self.phones if phone.chip == chip)


class Need(BaseModel):
    """Bytes that a model takes. read: of weights for one token; weights: numbers outside the embedding table."""

    context: int = Field(description="tokens that prompt and reply may have together, as frozen")
    file: int
    kv_cache: int = Field(description="at the whole context, in 16 bits")
    read: int
    weights: int


class Prompt(BaseModel):
    """Tokens of the longest known prompt of a step, as it is frozen and the other way."""

    step: str
    text: int | None = Field(description="under a text prompt; None where no text prompt is known for the step")
    soft: int = Field(description="under a soft prompt")
    frozen: Literal["text", "soft"]


class Fit(BaseModel):
    """One phone. first_token: seconds under (text, soft) until the first token, an estimate; the slowest step."""

    phone: Phone
    fits: bool
    fits_entitled: bool
    most_tokens_per_second: float
    most_at_full_context: float
    first_token: tuple[float | None, float] | None


class Beside(BaseModel):
    """A published speed and the bound that the same arithmetic gives for it."""

    published: Published
    most_tokens_per_second: float


class Opens(BaseModel):
    """Which exports of the bundle an app opens."""

    app: str
    formats: list[Format]
    says: str


class PhoneReport(BaseModel):
    answer: str = Field(description="whether it fits, and what that means, in a few sentences")
    need: Need
    margin_bytes: int
    prompts: list[Prompt]
    phones: list[Fit]
    published: list[Beside]
    apps: list[Opens]
    sources: dict[str, str]


@cache
def known() -> Known:
    """The table that comes with the package."""
    return Known.model_validate(read_yaml(DATA))


def phone_report(source: str | Path) -> PhoneReport:
    """What a bundle, or a model alone, means for each phone of the table.

    Raises BundleError for a folder that is no whole bundle, ModelError for a model that cannot be read.
    """
    folder, table = Path(source), known()
    bundle = folder.is_dir() and not (folder / "config.json").is_file()  # which a model's own folder has
    if bundle:
        check(folder)
    need = need_of(read_header(folder / MODEL if bundle else resolve(str(source))))
    prompts = _prompts(folder) if bundle else []
    formats = _formats(FrozenProgram.load(folder / PROGRAM)) if bundle else list(get_args(Format))
    margin = int(table.margin_gb * 1e9)
    phones = [_fit(phone, need, prompts, margin) for phone in table.phones]
    return PhoneReport(
        answer=_answer(need, margin, phones),
        need=need,
        margin_bytes=margin,
        prompts=prompts,
        phones=phones,
        published=[
            Beside(published=p, most_tokens_per_second=round(most(table.phone(p.phone), p.read_bytes), 1))
            for p in table.published
        ],
        apps=[Opens(app=a.name, formats=[f for f in a.opens if f in formats], says=a.says) for a in table.apps],
        sources=table.sources,
    )


def _answer(need: Need, margin: int, phones: list[Fit]) -> str:
    whole = f"it needs {(need.file + need.kv_cache + margin) / 1e9:.2f} GB of memory"
    fast = [fit.most_tokens_per_second for fit in phones]
    speed = f"It can write {min(fast):.0f} to {max(fast):.0f} tokens a second there at most; expect half of that."
    fits = [fit.phone for fit in phones if fit.fits]
    if len(fits) == len(phones):
        least = min(phone.limit_gb for phone in fits)
        return f"Yes, on every iPhone from {fits[0].name} on: {whole}, and an app may use {least:g} GB or more. {speed}"
    if not any(fit.fits_entitled for fit in phones):
        most_gb = max(fit.phone.entitled_gb for fit in phones)
        return f"No, on no iPhone that is known here: {whole}, and an app may use {most_gb:g} GB at most."
    entitled = [fit.phone.name for fit in phones if fit.fits_entitled and not fit.fits]
    never = [fit.phone.name for fit in phones if not fit.fits_entitled]
    said = [f"on {', '.join(phone.name for phone in fits)}"] if fits else []
    said += [f"with the entitlement for increased memory on {', '.join(entitled)}"] if entitled else []
    said += [f"not on {', '.join(never)}"] if never else []
    return f"On some iPhones: {whole}; it fits {'; '.join(said)}. {speed}"


def need_of(header: Header) -> Need:
    """What a model file takes at the context that bundles run with."""
    context = min(BaseEngine.context, header.context_length or BaseEngine.context)
    table = next((t for t in header.tensors if t.name == "token_embd.weight"), None)
    own_head = any(t.name == "output.weight" for t in header.tensors)
    looked_up = table.size if table and own_head else 0  # of such a table one row is read, not all
    return Need(
        context=context,
        file=header.path.stat().st_size,
        kv_cache=kv_bytes(header, context),
        read=sum(t.size for t in header.tensors) - looked_up,
        weights=sum(prod(t.shape) for t in header.tensors if t.name.startswith("blk.")),
    )


def kv_bytes(header: Header, context: int) -> int:
    """Bytes of the keys and values of ``context`` tokens. Layers that look at a window only count in full."""
    name = f"{header.metadata['general.architecture']}."
    layers = header.metadata.get(name + "block_count", 0)
    heads = header.metadata.get(name + "attention.head_count", 1)
    kv_heads = header.metadata.get(name + "attention.head_count_kv", heads)
    most_heads = max(heads) if isinstance(heads, list) else heads
    usual = header.metadata.get(name + "embedding_length", 0) // max(1, most_heads)
    key, value = (header.metadata.get(f"{name}attention.{part}_length", usual) for part in ("key", "value"))
    groups = sum(kv_heads) if isinstance(kv_heads, list) else layers * kv_heads
    return groups * (key + value) * context * KV_BYTES


def most(phone: Phone, read: int) -> float:
    """Tokens a second that no runtime can exceed."""
    return phone.bandwidth_gb_s * 1e9 / read


def _fit(phone: Phone, need: Need, prompts: list[Prompt], margin: int) -> Fit:
    whole = need.file + need.kv_cache + margin
    texts = [prompt.text for prompt in prompts if prompt.text is not None]
    rate = _reads(phone, need)
    slowest = max((prompt.soft for prompt in prompts), default=0)
    text = round(max(texts) / rate, 3) if texts and len(texts) == len(prompts) else None
    return Fit(
        phone=phone,
        fits=whole <= phone.limit_gb * 1e9,
        fits_entitled=whole <= phone.entitled_gb * 1e9,
        most_tokens_per_second=round(most(phone, need.read), 1),
        most_at_full_context=round(most(phone, need.read + need.kv_cache), 1),
        first_token=(text, round(slowest / rate, 3)) if prompts else None,
    )


def _reads(phone: Phone, need: Need) -> float:
    """Tokens of a prompt that a phone reads in a second: the one published speed, scaled."""
    measured = known().reading
    scale = phone.bandwidth_gb_s / known().phone(measured.phone).bandwidth_gb_s
    return measured.tokens_per_second * measured.weights / max(1, need.weights) * scale


def _prompts(folder: Path) -> list[Prompt]:
    program, golden = FrozenProgram.load(folder / PROGRAM), Golden.load(folder / GOLDEN)
    written = FrozenProgram.load(PROGRAMS["free" if "write_week" in program.steps else "chosen"]).steps
    asked: dict[str, list[str]] = {name: [step.question] for name, step in program.steps.items()}
    for vector in golden.vectors:
        for name, step in program.steps.items():
            if step.asks(vector.messages):
                asked[name].append(vector.messages[-1]["content"])
    with open_engine(folder / MODEL) as engine:
        return [
            _prompt(name, step, written.get(name), max(asked[name][1:] or asked[name], key=len), engine)
            for name, step in program.steps.items()
        ]


def _prompt(name: str, step: FrozenStep, written: FrozenStep | None, question: str, engine: Engine) -> Prompt:
    """Both ways of asking a question. A soft prompt stands in place of instruction and demonstrations."""

    def tokens(before: list[Message]) -> int:
        return len(engine.tokenize(engine.render([*before, Message(role="user", content=question)])))

    frozen = step.before(question)
    if frozen and frozen[0]["content"].startswith(SOFT):
        return Prompt(
            step=name, text=tokens(written.before(question)) if written else None, soft=tokens(frozen), frozen="soft"
        )
    bare = tokens([Message(role="system", content="")])
    return Prompt(step=name, text=tokens(frozen), soft=bare + SOFT_TOKENS, frozen="text")


def _formats(program: FrozenProgram) -> list[Format]:
    """What the bundle can be exported to for a phone: a chat box holds one step from a text to a text."""
    planner: list[Format] = ["web"] if program.kind == "planner" else []
    chat: list[Format] = ["chat"] if is_chat(program) else []
    return [*planner, *chat, "mlx"]
