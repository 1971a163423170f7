"""What every request must be and every response must carry.

The console has no log-in yet: whoever reaches the port may read. So it listens on loopback only, and refuses
requests under a foreign name: a page elsewhere on the web could otherwise point its own name at 127.0.0.1
(DNS rebinding) and read calls through the operator's browser.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def host_name(host: str) -> str:
    """The name in a Host header, without its port: ``[::1]:8080`` gives ``[::1]``."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through that was sent to us by one of our names, and not from another site's page."""
    if host_name(request.headers.get("Host", "")).lower() not in NAMES:
        raise web.HTTPMisdirectedRequest(text="this console answers to 127.0.0.1 and localhost only\n")
    is_foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    if is_foreign and request.headers.get("Sec-Fetch-Mode") != "navigate":
        raise web.HTTPForbidden(text="not from another site\n")
    return await handler(request)


async def set_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Every response, errors and streams included."""
    response.headers.update(HEADERS)
    response.headers.pop("Server", None)
