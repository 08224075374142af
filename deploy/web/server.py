"""The page on a laptop: Starlette's routes around a service, and uvicorn that serves them until Ctrl-C."""

from __future__ import annotations

import mimetypes
import secrets
import socket
from collections.abc import Callable
from errno import EADDRNOTAVAIL
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ...programs.errors import InputError, StudysmithError
from .desk import Desk, Tell, fault
from .guard import LOOPBACK, Guard
from .service import FormatsGiven, PlanGiven, ReplanGiven, SelftestGiven, Service

PAGE = Path(__file__).parent / "page"
PLANNER = Path(__file__).parent / "served" / "planner.js"
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
GRACE = 5
"""Seconds that answers have to end in when the server does."""

mimetypes.add_type("text/javascript", ".js")  # Windows may say otherwise, and then no browser runs a module
mimetypes.add_type("application/manifest+json", ".webmanifest")


class Server(uvicorn.Server):
    """uvicorn's, which tells clients that it stops before it waits for them."""

    def __init__(self, config: uvicorn.Config, desk: Desk):
        super().__init__(config)
        self.desk = desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn.Server.handle_exit."""
        super().handle_exit(sig, frame)
        self.desk.stop()


def serve(service: Service, listening: socket.socket, token: str, report: str | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; both are how a server ends well. report: a page of HTML for ``/report``."""
    desk = Desk()
    host = listening.getsockname()[0]
    names = {*LOOPBACK, *(() if host in LOOPBACK else (socket.gethostname(), socket.getfqdn()))}
    app = application(service, desk, names=names, addresses=host not in LOOPBACK, token=token, report=report)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, proxy_headers=False, ws="none", lifespan="off",
        timeout_graceful_shutdown=GRACE, limit_concurrency=256,
    )  # fmt: skip
    server = Server(config, desk)
    try:
        server.run(sockets=[listening])
    except (KeyboardInterrupt, SystemExit):  # uvicorn raises the signal again once it has stopped
        if not server.should_exit:
            raise
    finally:
        desk.close()


def listen(host: str, port: int) -> tuple[socket.socket, str, str]:
    """A socket that accepts connections, the address of the page, and the token in it ("" on the loopback).

    Raises InputError naming host or port.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"port: 0 (any that is free) to 65535 (got {port})")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise InputError(f"host: a name or an address of this machine (got {host!r:.60})") from None
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        field = "host" if error.errno == EADDRNOTAVAIL else "port"
        raise InputError(
            f"{field}: cannot listen on {host}, port {port} ({error.strerror}); --port 0 takes any"
        ) from None
    bound, number = listening.getsockname()[:2]
    token = "" if bound in LOOPBACK else secrets.token_urlsafe(16)
    shown = _outward(family) if bound in ("0.0.0.0", "::") else bound
    shown = f"[{shown}]" if ":" in shown else shown
    return listening, f"http://{shown}:{number}/{token + '/' if token else ''}", token


def _outward(family: socket.AddressFamily) -> str:
    """The address by which others on the network reach this machine; its name where there is no network."""
    beyond = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"  # kept for documents; nothing is sent
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((beyond, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def application(
    service: Service, desk: Desk, *, names: set[str], addresses: bool, token: str = "", report: str | None = None
) -> Starlette:
    """The routes, behind a guard (see ``guard.Guard`` for names, addresses and token)."""

    async def planner_js(request: Request) -> Response:
        return FileResponse(PLANNER, media_type="text/javascript")

    async def about(request: Request) -> Response:
        return JSONResponse({**service.about(), "report": report is not None})

    async def the_report(request: Request) -> Response:
        if report is None:
            return _error(404, "there is no report; start the server with --report and the folder of a comparison")
        return HTMLResponse(report, headers={"Content-Security-Policy": REPORT_POLICY})

    async def formats(request: Request) -> Response:
        try:
            return JSONResponse(service.formats(FormatsGiven.read(await request.body())))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            return JSONResponse({"error": fault(error)}, 400 if isinstance(error, StudysmithError) else 500)

    def streamed(work: Callable[[Any, Tell], Any], given: Any) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                asked = given.read(await request.body())
            except ClientDisconnect:
                return Response(status_code=400)
            except InputError as error:
                return JSONResponse({"error": fault(error)}, 400)
            return StreamingResponse(desk.lines(lambda tell: work(asked, tell)), media_type="application/x-ndjson")

        return endpoint

    routes = [
        Route("/planner.js", planner_js),
        Route("/report", the_report),
        Route("/api/about", about),
        Route("/api/plan", streamed(partial(service.plan, by_week=True), PlanGiven), methods=["POST"]),
        Route("/api/replan", streamed(partial(service.replan, by_week=True), ReplanGiven), methods=["POST"]),
        Route("/api/selftest", streamed(service.selftest, SelftestGiven), methods=["POST"]),
        Route("/api/formats", formats, methods=["POST"]),
        *([Mount("/", StaticFiles(directory=PAGE, html=True))] if PAGE.is_dir() else []),
    ]
    return Starlette(
        routes=[Mount(f"/{token}", routes=routes)] if token else routes,
        middleware=[Middleware(Guard, names=names, addresses=addresses, token=token)],
        exception_handlers={HTTPException: _http_error},
    )


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error(
        status, {404: "there is nothing at this address", 405: "this address is asked otherwise"}.get(status, "")
    )


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"kind": "refused", "message": message or "this cannot be asked"}}, status)
