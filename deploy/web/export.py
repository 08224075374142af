"""A planner's bundle as a web site that plans in the browser: static files for any web server.

The bundle lies in it as it is, so ``verify`` checks it there; beside it the page, Python and llama.cpp for browsers,
and what Python must know of a model that it does not hold.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from ...programs.errors import InputError
from ...programs.progress import Progress, silent
from ...programs.steps import compact
from ...programs.teaching import Way
from ..bundle.bundle import GOLDEN, MODEL, PROGRAM, check
from ..bundle.frozen import FrozenProgram
from ..bundle.golden import Golden
from ..engines.llamacpp import LlamaCppEngine
from ..errors import BundleError
from ..files import whole_folder
from ..gguf.header import read_header
from ..gguf.trial import special_tokens
from ..planner import CURRICULUM, read_curriculum
from .asked import ModelFacts, Spelling, spelling
from .python_zip import write_algebra, write_python
from .vendor import pins, vendored

PAGE, SITE = Path(__file__).parent / "page", Path(__file__).parent / "site"
LISTED, PYTHON, ALGEBRA, LICENCES, WORKER, BUNDLE, FACTS = (
    "site.json", "python.zip", "sympy.zip", "licences.txt", "sw.js", "bundle", "model.json",
)  # fmt: skip
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self' blob:; "
    "style-src 'self'; img-src 'self' data:; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What the page may load: nothing from elsewhere. llama.cpp's workers are made of text, so they are blobs."""
_ASKED = {"choose_topic", "diagnose", "choose_way"}
_DIGEST, _POLICY = "SITE_DIGEST", "SITE_POLICY"


def export_web(source: Path, target: Path, progress: Progress = silent) -> list[str]:
    """Write a site that plans by a bundle; what was made, a line each.

    Raises InputError without what a page runs on (``make web``) and for a bundle whose model does not only choose,
    BundleError for what is no whole bundle of a planner.
    """
    runtime = vendored()
    if check(source).kind != "planner":
        raise BundleError(f"{source} holds no planner, and a site plans; use --to messages for other programs")
    program = FrozenProgram.load(source / PROGRAM)
    for step in program.steps:
        if step not in _ASKED:
            raise InputError(
                f"{step}: a model in a page chooses and does not write; export a planner whose steps choose"
            )
    with whole_folder(target, "out") as site:
        progress("web", 0, 4, "page")
        for folder in (PAGE, SITE):
            shutil.copytree(folder, site, dirs_exist_ok=True)
        _restrict(site)
        for part in ("pyodide", "wllama"):
            shutil.copytree(runtime / part, site / part)
        progress("web", 1, 4, "Python")
        packages = [*write_python(site / PYTHON), *write_algebra(site / ALGEBRA)]
        (site / LICENCES).write_text("\n".join(_licences(packages, runtime)) + "\n", "utf-8")
        progress("web", 2, 4, "model")
        shutil.copytree(source, site / BUNDLE)
        (site / BUNDLE).chmod(0o755)  # a bundle may be for its owner alone
        facts = model_facts(site / BUNDLE)
        (site / FACTS).write_text(facts.model_dump_json() + "\n", "utf-8")
        progress("web", 3, 4, "hashes")
        listed = _listed(site)
        (site / LISTED).write_text(json.dumps(listed, indent=1) + "\n", "utf-8")
        digest = hashlib.sha256((site / LISTED).read_bytes()).hexdigest()
        worker = site / WORKER
        text = worker.read_text("utf-8").replace(_DIGEST, digest[:16]).replace(_POLICY, POLICY)
        worker.write_text(text, "utf-8")
    first = sum(f["bytes"] for name, f in listed["files"].items() if not name.startswith("wllama/compat"))
    return [
        f"{target}: {first / 1e6:.1f} MB and a model of {listed['model']['bytes'] / 1e6:.1f} MB, loaded once",
        "any web server can serve it, by https or on localhost, in any folder; docs/web.md says what a phone needs",
    ]


def model_facts(folder: Path) -> ModelFacts:
    """What Python must know of the model of a planner's bundle, with all that it ever scores as the model's tokens."""
    header, golden = read_header(folder / MODEL), Golden.load(folder / GOLDEN)
    names = [concept.name for concept in read_curriculum(folder / CURRICULUM).values()]
    chosen = [("way", way) for way in get_args(Way)] + [("shaky", name) for name in names]
    with LlamaCppEngine(folder / MODEL) as engine:
        return ModelFacts(
            id=engine.id,
            context=engine.context,
            longest=max((len(vector.prompt.encode()) for vector in golden.vectors), default=0),
            chat_template=header.chat_template or "",
            special_tokens=sorted(special_tokens(header, str(folder / MODEL))),
            bos=header.token("bos"),
            eos=header.token("eos"),
            adds_bos=header.adds_bos,
            spellings=_spellings(engine, [compact({field: value}) for field, value in chosen]),
        )


def _spellings(engine: LlamaCppEngine, candidates: list[str]) -> dict[str, Spelling]:
    class Remembered:
        tokenize = staticmethod(lru_cache(None)(engine.tokenize))

    return {candidate: spelling(Remembered, candidate) for candidate in candidates}


def _restrict(site: Path) -> None:
    """Put the policy into every page."""
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        if "<head>" not in text:
            raise InputError(f"web: {page.name} has no <head> to put the content security policy into")
        tag = f'<head>\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        page.write_text(text.replace("<head>", tag, 1), "utf-8")


def _listed(site: Path) -> dict[str, Any]:
    """What is in a site: the model, and all other files with their size and hash (as browsers check it)."""
    manifest = json.loads((site / BUNDLE / "manifest.json").read_text("utf-8"))
    model = f"{BUNDLE}/{MODEL}"
    files = sorted(p for p in site.rglob("*") if p.is_file() and p.name != WORKER)
    return {
        "name": manifest["name"],
        "version": version("studysmith"),
        "model": {"path": model, **manifest["files"][MODEL]},
        "files": {
            path.relative_to(site).as_posix(): {"bytes": path.stat().st_size, "integrity": _integrity(path)}
            for path in files
            if path != site / model
        },
    }


def _integrity(path: Path) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()}"


def _licences(packages: list[dict[str, str]], runtime: Path) -> Iterator[str]:
    yield "What this site consists of, and under which licence. Texts of those in the zips lie within these."
    yield ""
    for name, pin in pins()["npm"].items():
        yield f"{name} {pin['version']}: {pin['licence']}"
    for package in packages:
        yield f"{package['name']} {package['version']}: {package['licence']}"
    for path in sorted((runtime / "licences").iterdir()):
        yield f"\n--- {path.stem}\n{path.read_text('utf-8')}"
