"""The language model behind an OpenAI-compatible server: llama-server on a unix socket, vLLM, or any other.

``POST /v1/chat/completions`` with ``stream``: server-sent events, each ``data: {"choices": [{"delta": ...}]}``, and
``data: [DONE]`` at the end. Closing the response stops the generation.
"""

import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp

from agent.adapters.models.slots import Slots
from agent.adapters.models.tls import told
from agent.ports.models import ModelUnavailable
from agent.values.talk import ModelRequest, ModelTask, PromptUse

CONNECT_TIMEOUT_S = 2.0
# Reading a long prompt cold on two cores comes before the first token.
READ_TIMEOUT_S = 20.0
LOOK_TIMEOUT_S = 2.0

Dialect = Literal["llama", "vllm", "plain"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is. ``socket`` overrides the host of ``url``.

    ``dialect`` says how a grammar is passed and whether prompts can be kept warm; ``plain`` servers get no grammar.
    ``slots`` is llama-server's ``--parallel``: each keeps a prompt of its own. ``tls`` is our certificate and whom to
    trust, where ``url`` is https.
    """

    model: str
    url: str = "http://localhost"
    socket: Path | None = None
    api_key: str = ""
    dialect: Dialect = "plain"
    slots: int = 1
    tls: ssl.SSLContext | None = None


def request_body(endpoint: Endpoint, request: ModelRequest) -> dict[str, Any]:
    """The JSON of a streamed chat completion, greedy, in the endpoint's dialect."""
    messages = [{"role": "system", "content": request.system}] if request.system else []
    messages += [{"role": role, "content": text} for role, text in request.messages]
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": messages,
        "max_tokens": request.max_tokens,
        "temperature": 0,
        "stream": True,
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if endpoint.dialect == "llama":
        body |= {"cache_prompt": True, "timings_per_token": True}
    if request.grammar and endpoint.dialect == "llama":
        body["grammar"] = request.grammar
    if request.grammar and endpoint.dialect == "vllm":
        body["structured_outputs"] = {"grammar": request.grammar}
    return body


def piece(line: bytes) -> tuple[str, PromptUse | None]:
    """The text in one line of the event stream, often none, and what the prompt cost, where llama-server tells it.

    Raises ModelUnavailable if it tells of an error.
    """
    data = line.removeprefix(b"data:").strip()
    if not line.startswith(b"data:") or data == b"[DONE]":
        return "", None
    try:
        event: Any = json.loads(data)
        choices = event["choices"]
        text = choices[0]["delta"].get("content") if choices else ""
        timings = event.get("timings") or {}
        use = PromptUse(int(timings["cache_n"]), int(timings["prompt_n"])) if "cache_n" in timings else None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelUnavailable("the language model answered with an error") from error
    return text if isinstance(text, str) else "", use


def _unix(path: Path) -> aiohttp.BaseConnector:
    """Connections for one request each: llama-server drops idle ones unannounced, and a new one costs nothing."""
    return aiohttp.UnixConnector(str(path), force_close=True)


def _tcp(tls: ssl.SSLContext | None) -> aiohttp.BaseConnector:
    """With a certificate, a relay and llama-server stand at the other end: one request each, as above."""
    return aiohttp.TCPConnector() if tls is None else aiohttp.TCPConnector(ssl=tls, force_close=True)


class HttpReasoner:
    """A language model over HTTP. Requests run in parallel as far as the server allows; close() after use."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._session: aiohttp.ClientSession | None = None
        self._slots = Slots(endpoint.slots)

    async def reply(self, request: ModelRequest, call: str = "") -> AsyncGenerator[str | PromptUse, None]:
        """See the port."""
        body, has_told = request_body(self._endpoint, request), False
        slot = self._slots.take(request.system, call)
        if self._endpoint.dialect == "llama":
            body["id_slot"] = slot.id
        try:
            async with aclosing(self._complete(body)) as pieces:
                async for text, use in pieces:
                    if use is not None and not has_told:
                        has_told = True
                        yield use
                    if text:
                        yield text
        finally:
            self._slots.release(slot)

    async def warm(self, system: str) -> None:
        """Read ``system`` into the next slot of llama-server; elsewhere the server sees to it itself.

        A request goes to the slot that knows most of its prompt, so each profile needs a slot or two of its own.
        """
        if self._endpoint.dialect != "llama":
            return
        request = ModelRequest(task=ModelTask.ANSWER, system=system, messages=(("user", "Hello"),), max_tokens=1)
        slot = self._slots.next()
        slot.system = system
        async for _ in self._complete(request_body(self._endpoint, request) | {"id_slot": slot.id}):
            pass

    async def look(self) -> None:
        """Whether the server answers at all: a health check. Raises ModelUnavailable."""
        url = f"{self._endpoint.url.rstrip('/')}/v1/models"
        try:
            async with self._opened().get(url, timeout=aiohttp.ClientTimeout(total=LOOK_TIMEOUT_S)) as response:
                if response.status >= 500:
                    raise ModelUnavailable(f"the language model refused with HTTP {response.status}")
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one of them
            raise ModelUnavailable(f"the language model does not answer ({told(error)})") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _complete(self, body: dict[str, Any]) -> AsyncGenerator[tuple[str, PromptUse | None], None]:
        url = f"{self._endpoint.url.rstrip('/')}/v1/chat/completions"
        try:
            async with self._opened().post(url, json=body) as response:
                if response.status != 200:
                    raise ModelUnavailable(f"the language model refused with HTTP {response.status}")
                async for line in response.content:
                    yield piece(line)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ModelUnavailable(f"the language model broke off ({type(error).__name__})") from error

    def _opened(self) -> aiohttp.ClientSession:
        """The session, made within the running loop."""
        if self._session is None or self._session.closed:
            endpoint = self._endpoint
            connector = _unix(endpoint.socket) if endpoint.socket else _tcp(endpoint.tls)
            headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=READ_TIMEOUT_S)
            self._session = aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout)
        return self._session
