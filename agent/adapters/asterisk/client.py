"""A thin ARI client: any operation by name over kept-alive HTTP, and one ordered stream of events.

Source: Asterisk's rest-api/*.json (see `operations`) and
https://docs.asterisk.org/Configuration/Interfaces/Asterisk-REST-Interface-ARI/.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from yarl import URL

from agent.adapters.asterisk.operations import OPERATIONS, Operation

AriEvent = dict[str, Any]
"""An event as Asterisk sends it: ``type``, ``channel`` and so on (rest-api/events.json)."""

REQUEST_TIMEOUT_S = 5.0
RECONNECT_S = 0.2
HEARTBEAT_S = 2.0
# Asterisk closes an idle connection after 15 s; we let go first, or a POST would meet a closing socket.
KEEP_ALIVE_S = 10.0


@dataclass(frozen=True, slots=True)
class AriConfig:
    """Where ARI is. ``url`` is ``http://host:port``; ``media_host`` is the address we receive RTP on."""

    url: str
    user: str
    password: str = field(repr=False)
    app: str
    media_host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Link:
    """The event connection came up or broke. While it is down events are lost, not queued."""

    is_up: bool
    reason: str = ""


class AriError(RuntimeError):
    """ARI refused (``status`` is HTTP's) or could not be reached (``status`` 0)."""

    def __init__(self, operation: str, status: int, message: str) -> None:
        super().__init__(f"{operation}: {status or 'unreachable'}: {message}")
        self.operation = operation
        self.status = status


class AriClient:
    """Use as ``async with``. ``call`` may be used by many tasks at once, ``events`` by one."""

    def __init__(self, config: AriConfig) -> None:
        self.config = config
        self._base = config.url.rstrip("/") + "/ari"
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(self.config.user, self.config.password)},
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=KEEP_ALIVE_S),
            timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def call(self, operation: str, **parameters: Any) -> Any:
        """Carry out an operation of `OPERATIONS`, such as ``channels.answer``; returns its JSON, or None.

        Raises AriError when ARI refuses or cannot be reached, TypeError for a name that the operation does not have.
        """
        known = OPERATIONS[operation]
        url, body = _request(operation, known, parameters)
        if self._http is None:
            raise AriError(operation, 0, "the client is not open: use `async with`")
        try:
            async with self._http.request(known.method, URL(self._base + url, encoded=True), json=body) as response:
                if response.status >= 400:
                    raise AriError(operation, response.status, _message(await response.text()))
                return await response.json() if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            raise AriError(operation, 0, str(failure) or type(failure).__name__) from failure

    async def originate(self, endpoint: str, channel_id: str, caller_id: str = "", **parameters: Any) -> AriEvent:
        """Dial ``endpoint`` (``PJSIP/<number>@<trunk>``) into our application; returns the new channel.

        ``caller_id`` is ``Name <number>``. StasisStart follows when it answers, ChannelDestroyed when it does not.
        """
        channel: AriEvent = await self.call(
            "channels.originateWithId",
            channelId=channel_id,
            endpoint=endpoint,
            app=self.config.app,
            **({"callerId": caller_id} if caller_id else {}),
            **parameters,
        )
        return channel

    async def get_variable(self, channel_id: str, name: str) -> str:
        """A channel variable or function, such as ``TIMEOUT(absolute)``; raises AriError 404 when there is none."""
        answer = await self.call("channels.getChannelVar", channelId=channel_id, variable=name)
        return str(answer["value"])

    async def events(self) -> AsyncGenerator[AriEvent | Link, None]:
        """Every event of our application in order, for ever. Each connection begins with Link up, ends with Link down.

        Reconnects within 1 s of the PBX being there again; registering anew makes the application live again.
        """
        while True:
            try:
                async for item in self._one_connection():
                    yield item
                reason = "closed by Asterisk"
            except (aiohttp.ClientError, TimeoutError, OSError) as failure:
                reason = str(failure) or type(failure).__name__
            yield Link(False, reason)
            await asyncio.sleep(RECONNECT_S)

    async def _one_connection(self) -> AsyncGenerator[AriEvent | Link, None]:
        if self._http is None:
            raise AriError("events.eventWebsocket", 0, "the client is not open: use `async with`")
        url = URL(f"{self._base}/events?app={quote(self.config.app, safe='')}", encoded=True)
        timeout = aiohttp.ClientWSTimeout(ws_close=0.5)
        async with self._http.ws_connect(url, heartbeat=HEARTBEAT_S, timeout=timeout, max_msg_size=0) as socket:
            yield Link(True)
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    yield message.json()
                elif message.type is aiohttp.WSMsgType.ERROR:
                    break


def _request(name: str, operation: Operation, parameters: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Path with query, and body. Every parameter must belong somewhere."""
    path, left = operation.path, dict(parameters)
    for key in parameters:
        if "{" + key + "}" in path:
            path = path.replace("{" + key + "}", quote(str(left.pop(key)), safe=""))
    if "{" in path:
        raise TypeError(f"{name}: a path parameter is missing in {path}")
    query = "&".join(f"{key}={_text(left.pop(key))}" for key in operation.query if key in left)
    body = _body(operation.body, left.pop(operation.body)) if operation.body in left else None
    if left:
        raise TypeError(f"{name} has no parameter {', '.join(left)}")
    return (f"{path}?{query}" if query else path), body


def _body(name: str, value: Any) -> dict[str, Any]:
    # ``variables`` and ``fields`` are a member of the body; an event filter is the body.
    return dict(value) if name == "filter" else {name: value}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(quote(str(item), safe="") for item in value)
    return quote(str(value), safe="")


def _message(text: str) -> str:
    """Asterisk's own words: ``{"message": ...}`` or ``{"error": ...}``."""
    for key in ('"message":"', '"error":"'):
        if key in text:
            return text.split(key, 1)[1].split('"', 1)[0]
    return text[:200]
