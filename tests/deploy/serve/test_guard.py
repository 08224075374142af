"""Only the server's own page is answered, and whoever has the token; nobody else's page, name or flood."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.base import BaseEngine
from studysmith.deploy.planner import PROGRAMS, Planner
from studysmith.deploy.web.service import Service
from studysmith.programs.errors import InputError

pytest.importorskip("uvicorn", reason="install studysmith[serve]")

from studysmith.deploy.web.server import listen

TOKEN = "a-token"


@pytest.fixture(scope="module")
def service() -> Service:
    """A planner that is never asked to plan."""
    return Service(Planner(FrozenProgram.load(PROGRAMS["chosen"]), BaseEngine()))


@pytest.fixture(scope="module")
def here(serve: Callable[..., Any], service: Service) -> Iterator[Any]:
    with serve(service, report="<h1>Report</h1>") as client:
        yield client


@pytest.fixture(scope="module")
def beyond(serve: Callable[..., Any], service: Service) -> Iterator[Any]:
    """As it is on a network: addresses are names of this machine, and a token guards all paths."""
    with serve(service, names={"localhost", "laptop"}, addresses=True, token=TOKEN) as client:
        yield client


def test_the_own_page_is_answered(here: Any) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        address = f"{host}:{here.port}"
        status, _, about = here.ask("/api/about", Host=address, Origin=f"http://{address}")
        assert (status, about["where"]) == (200, "server")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example@127.0.0.1", "192.0.2.1", ""])
def test_a_name_that_only_resolves_to_this_machine_is_refused(here: Any, host: str) -> None:
    status, _, said = here.ask("/api/about", Host=host)
    assert status in (400, 403)
    if status == 403:
        assert "the one that the terminal shows" in said["error"]["message"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_page_is_refused(here: Any, origin: str) -> None:
    status, _, said = here.ask("/api/plan", {"text": "slope"}, Origin=origin)
    assert (status, said["error"]["kind"]) == (403, "refused")


def test_a_form_of_another_page_could_only_send_what_is_no_json(here: Any) -> None:
    status, _, said = here.ask("/api/plan", b'{"text": "slope"}', Content_Type="text/plain")
    assert (status, said["error"]["message"]) == (415, "send JSON, with the content type application/json")


def test_a_body_is_limited_said_or_not(here: Any) -> None:
    status, _, said = here.ask("/api/plan", b"", Content_Length="4000001")
    assert (status, said["error"]["message"]) == (413, "the request is larger than 4 MB")
    with suppress(ConnectionError):  # it may hang up while more is being sent
        assert here.ask("/api/plan", b" " * 4_000_001, Transfer_Encoding="chunked")[0] == 400
    assert here.ask("/api/about")[0] == 200


def test_every_answer_forbids_what_the_page_does_not_need(here: Any) -> None:
    for path in ("/api/about", "/planner.js", "/nothing"):
        _, headers, _ = here.ask(path)
        assert "default-src 'none'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    _, headers, body = here.ask("/report")
    assert body == "<h1>Report</h1>"
    assert "script-src" not in headers["content-security-policy"]


def test_what_is_not_there_is_one_sentence(here: Any) -> None:
    for path in ("/nothing", "/../pyproject.toml", "/%2e%2e/server.py"):
        status, _, said = here.ask(path)
        assert (status, said["error"]["message"]) == (404, "there is nothing at this address")


def test_beyond_the_loopback_the_path_needs_the_token(beyond: Any) -> None:
    for path in ("/", "/api/about", "/a-tokem/api/about", f"/x/{TOKEN}/api/about", "/report"):
        status, _, said = beyond.ask(path)
        assert (status, said["error"]["message"]) == (403, "the address needs the token that the terminal shows")
    for host in (f"127.0.0.1:{beyond.port}", "192.0.2.7:80", "laptop"):
        assert beyond.ask(f"/{TOKEN}/api/about", Host=host)[0] == 200
    assert beyond.ask(f"/{TOKEN}/api/about", Host="evil.example")[0] == 403
    assert "export async function openPlanner" in beyond.ask(f"/{TOKEN}/planner.js")[2]


def test_listening_says_what_it_cannot() -> None:
    taken, address, token = listen("127.0.0.1", 0)
    with taken:
        port = taken.getsockname()[1]
        assert (address, token) == (f"http://127.0.0.1:{port}/", "")
        with pytest.raises(InputError, match=f"^port: cannot listen on 127.0.0.1, port {port} "):
            listen("127.0.0.1", port)
    with pytest.raises(InputError, match=r"^port: 0 \(any that is free\) to 65535 \(got 70000\)"):
        listen("127.0.0.1", 70000)
    with pytest.raises(InputError, match=r"^host: a name or an address of this machine \(got 'no such name'\)"):
        listen("no such name", 0)
    with pytest.raises(InputError, match=r"^host: cannot listen on 203\.0\.113\.9"):
        listen("203.0.113.9", 0)


def test_every_address_of_the_machine_has_a_token_of_its_own() -> None:
    first, address, token = listen("0.0.0.0", 0)
    second, _, other = listen("0.0.0.0", 0)
    first.close()
    second.close()
    assert address.endswith(f"/{token}/")
    assert len(token) > 20
    assert token != other
