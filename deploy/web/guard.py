"""Who may ask: this server's own page, and nobody who only got a browser to ask for them.

A page elsewhere can send requests to a local port, or have its own name resolve to 127.0.0.1 (DNS rebinding). So the
name in ``Host`` must be one of this machine's, ``Origin`` the address itself, and beyond the loopback the path must
begin with a token that only the terminal showed.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 4_000_000
"""Bytes of a request's body: a plan of a year has a tenth of that."""
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
POLICY += "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The content security policy of what does not bring its own."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """Passes on what may be asked. names: of this machine, beside addresses where ``addresses`` says so. token: how the
    path must begin; "" for none."""

    def __init__(self, app: ASGIApp, *, names: Collection[str], addresses: bool, token: str):
        self.app, self.names, self.addresses, self.token = app, frozenset(names), addresses, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._host(headers) or self._origin(headers) or self._token(scope) or _body(scope, headers)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        left = LARGEST

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            return {"type": "http.disconnect"} if left < 0 else message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in {**HEADERS, "Content-Security-Policy": POLICY}.items():
                    found.setdefault(name, value)
            await send(message)

        await self.app(scope, limited, guarded)

    def _host(self, headers: Headers) -> tuple[int, str] | None:
        name = _name(headers.get("host", ""))
        if name in self.names or (self.addresses and _is_address(name)):
            return None
        return 403, "this address is not the server's own; use the one that the terminal shows"

    def _origin(self, headers: Headers) -> tuple[int, str] | None:
        origin = headers.get("origin")
        if origin is None or origin == f"http://{headers.get('host', '')}":
            return None
        return 403, "only the server's own page may ask it"

    def _token(self, scope: Scope) -> tuple[int, str] | None:
        if not self.token:
            return None
        first = scope["path"].removeprefix("/").partition("/")[0]
        if secrets.compare_digest(first.encode(), self.token.encode()):
            return None
        return 403, "the address needs the token that the terminal shows"


def _name(host: str) -> str:
    """The name in a Host header, without the port; "" for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname or "" if parts.path == "" and parts.username is None else ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _body(scope: Scope, headers: Headers) -> tuple[int, str] | None:
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > LARGEST:
        return 413, f"the request is larger than {LARGEST // 1_000_000} MB"
    if scope["method"] == "POST" and headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return 415, "send JSON, with the content type application/json"
    return None


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps({"error": {"kind": "refused", "message": message}}).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close", **HEADERS}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
