"""An endpoint that misbehaves: what really happened is counted there, and never more is claimed here."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.adapters.backends import RoutedBackends
from agent.adapters.backends.webhook import WebhookBackend
from agent.adapters.fake.webhook import FakeEndpoint, Trouble
from agent.tools import webhook as wire
from agent.values.profile import WebhookSpec
from agent.values.work import ToolCall, ToolResult, ToolStatus
from tests.contract.data import BOOK, NOW, booking, question

pytestmark = pytest.mark.contract
SECRET = b"a secret of the tests"
DONE, FAILED, DOUBT = ToolStatus.DONE, ToolStatus.FAILED, ToolStatus.IN_DOUBT
NATURAL = ("service", "start", "phone")


async def done(_tenant: str, call: ToolCall) -> ToolResult:
    return ToolResult(DONE, {"appointment_id": f"apt-{call.key[:8]}"})


@asynccontextmanager
async def at(
    endpoint: FakeEndpoint, secret: bytes = SECRET, has_find: bool = True, **more: Any
) -> AsyncIterator[WebhookBackend]:
    """The endpoint running, and the backend that reaches it."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(endpoint)
        found_by = {"find": endpoint.find, "natural_key": NATURAL} if has_find and not endpoint.knows_keys else {}
        spec = WebhookSpec(("calendar.book",), endpoint.url, "s", knows_keys=endpoint.knows_keys, **found_by, **more)
        yield await stack.enter_async_context(WebhookBackend(spec, secret, lambda: NOW))


def endpoint(*troubles: Trouble | None, knows_keys: bool = True, **more: Any) -> FakeEndpoint:
    """One that meets these troubles in turn, then none."""
    drawn: Iterator[Trouble | None] = iter(troubles)
    return FakeEndpoint(done, SECRET, lambda: NOW, knows_keys, lambda: next(drawn, None), **more)


@pytest.mark.parametrize(
    ("trouble", "status", "effects"),
    [
        (None, DONE, 1),
        (Trouble.BUSY, FAILED, 0),
        (Trouble.REFUSED, FAILED, 0),
        (Trouble.REDIRECTED, FAILED, 0),
        (Trouble.DROPPED, DOUBT, 0),
        (Trouble.LOST, DOUBT, 1),
        (Trouble.SLOW, DOUBT, 1),
        (Trouble.BROKEN, DOUBT, 1),
        (Trouble.HTML, DOUBT, 1),
        (Trouble.HALF, DOUBT, 1),
        (Trouble.HUGE, DOUBT, 1),
        (Trouble.PENDING, DOUBT, 1),
        (Trouble.CUT, DOUBT, 1),
    ],
)
async def test_no_answer_is_taken_for_more_than_it_says(trouble: Trouble, status: ToolStatus, effects: int) -> None:
    there = endpoint(trouble)
    async with at(there) as backend:
        call = replace(booking(), deadline_ms=300 if trouble is Trouble.SLOW else 5_000)
        assert (await backend.run("dental", call)).status is status
        assert len(there.effects) == effects
        asked = await backend.ask("dental", call)
        assert (asked.status, asked.again_ms) == ((DONE, None) if effects else (FAILED, call.deadline_ms + 30_000))
        assert (await backend.run("dental", replace(call, deadline_ms=5_000))).status is DONE
        assert len(there.effects) == 1, "sent again under its key, it happened once"


async def test_when_to_try_again_is_what_the_endpoint_says() -> None:
    async with at(endpoint(Trouble.BUSY)) as backend:
        assert await backend.run("dental", booking()) == ToolResult(FAILED, {}, "busy (503)", again_ms=1_000)


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that nobody listens on, kept from others."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_what_surely_was_not_sent_may_be_sent_again(host: str) -> None:
    with deaf_port() as port:
        spec = WebhookSpec(("calendar.book",), f"http://{host}:{port}/tool", "s")
        async with WebhookBackend(spec, SECRET, lambda: NOW) as backend:
            not_sent = await backend.run("dental", booking())
            assert not_sent == ToolResult(FAILED, {}, "the backend cannot be reached", again_ms=0)
            assert (await backend.ask("dental", booking())).status is DOUBT, "whether it is there is not known"


async def test_a_redirect_is_not_followed_wherever_it_leads() -> None:
    async with endpoint() as private, at(endpoint(Trouble.REDIRECTED, elsewhere=private.url)) as backend:
        refused = await backend.run("dental", booking())
        assert (refused.status, refused.error) == (FAILED, "refused (307)")
        assert (private.requests, private.effects) == (0, [])


async def test_ten_megabytes_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    whole: Callable[..., Any] = wire.Answer

    def answer(status: int, kind: str, body: bytes, *more: Any) -> Any:
        taken.append(len(body))
        return whole(status, kind, body, *more)

    monkeypatch.setattr(wire, "Answer", answer)
    async with at(endpoint(Trouble.HUGE)) as backend:
        result = await backend.run("dental", booking())
        assert (result.status, result.error) == (DOUBT, "the answer is too long or broke off")
        assert taken == [wire.BODY_MAX]


async def test_a_wrong_secret_or_an_old_request_is_refused_there() -> None:
    there = endpoint()
    async with at(there, secret=b"not the secret....") as backend:
        assert (await backend.run("dental", booking())).error == "refused (401)"
        assert await backend.probe() == "a lookup of what never was is answered 401, not 404"
        assert there.effects == []
    late = FakeEndpoint(done, SECRET, lambda: NOW + timedelta(minutes=6))
    async with at(late) as backend:
        assert (await backend.run("dental", booking())).error == "refused (401)"


async def test_the_probe_finds_nothing_wrong_with_a_good_endpoint() -> None:
    for there, has_find in (
        (endpoint(), False),
        (endpoint(knows_keys=False), True),
        (endpoint(knows_keys=False), False),
    ):
        async with at(there, has_find=has_find) as backend:
            assert await backend.probe() == ""
    with deaf_port() as port:
        spec = WebhookSpec(("calendar.book",), f"http://127.0.0.1:{port}/tool", "s")
        async with WebhookBackend(spec, SECRET, lambda: NOW) as backend:
            assert await backend.probe() == "the backend cannot be reached"


async def test_without_keys_a_wish_is_looked_for_before_it_is_sent() -> None:
    there = endpoint(Trouble.LOST, knows_keys=False)
    async with at(there, settles_ms=20_000) as backend:
        first = await backend.run("dental", booking())
        assert first.status is DOUBT
        again = await backend.run("dental", booking())
        assert (again.status, len(there.effects), there.requests) == (DONE, 1, 1)
        missing = await backend.ask("dental", replace(booking(), arguments={**BOOK, "phone": "+12125550111"}))
        assert missing.again_ms == booking().deadline_ms + 20_000, "what is under way may still come"


async def test_without_keys_nothing_is_sent_while_it_cannot_be_looked_for() -> None:
    there = endpoint(knows_keys=False)
    async with at(there) as backend:
        there.secret = b"changed meanwhile.."
        result = await backend.run("dental", booking())
        assert (result.status, result.again_ms, there.requests) == (FAILED, 0, 0)


async def test_an_endpoint_that_cannot_be_asked_leaves_a_doubt_a_doubt() -> None:
    there = endpoint(Trouble.LOST, knows_keys=False)
    async with at(there, has_find=False) as backend:
        assert (await backend.run("dental", booking())).status is DOUBT
        assert (await backend.ask("dental", booking())).status is DOUBT


async def test_a_tenants_own_backend_goes_before_the_shared_one() -> None:
    there, shared = endpoint(), endpoint()
    async with at(there) as own, at(shared) as calendar:
        routed = RoutedBackends({"calendar": calendar}, {("dental", "calendar.book"): own})
        await asyncio.gather(*(routed.run(t, booking(case=t)) for t in ("dental", "sales")))
        await routed.run("dental", question())
        assert ([e.name for e in there.effects], len(shared.effects)) == (["calendar.book"], 1)
        gone = replace(booking(), name="fax.send")
        assert (await routed.ask("dental", gone)).status is DOUBT
