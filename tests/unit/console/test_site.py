import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestClient, TestServer

from agent.adapters.postgres.crypto import KeyTrouble
from agent.adapters.postgres.database import DatabaseDown
from agent.call.codec import CodecError
from agent.console import ConsolePortInUse, make_app
from agent.console.feed import PAGES_MOST
from agent.console.server import serve_app
from agent.ports.data import Entry
from agent.values.caller import Outcome
from tests.unit.console.stored_calls import StoredCalls, appointment, booking, record, said, spoke

HOSTILE = "<script>alert(1)</script> \"onload=x' & <img src=x onerror=y> {{7*7}} \u202e\ud83d\ude00"


@pytest.fixture
def calls() -> StoredCalls:
    return StoredCalls()


@pytest.fixture
async def site(calls: StoredCalls) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(make_app(calls))) as client:
        yield client


async def text_of(client: TestClient, path: str, status: int = 200) -> str:
    async with client.get(path) as answer:
        assert answer.status == status
        return await answer.text()


async def test_nothing_yet_says_how_to_place_a_call(site: TestClient) -> None:
    page = await text_of(site, "/")
    assert "No call at the moment" in page
    assert "make talk" in page


async def test_a_live_call_is_shown_as_heard_with_its_latency(site: TestClient, calls: StoredCalls) -> None:
    calls.add(record("c1"), booking("c1")[:-3])
    page = await text_of(site, "/")
    assert "I would like to book a cleaning" in page
    assert '<s title="not heard: the caller interrupted">We are open Monday' in page
    assert "<b>828 ms</b> · model" in page
    assert "decide 318 ms" in page


async def test_numbers_are_masked_everywhere(site: TestClient, calls: StoredCalls) -> None:
    calls.add(record("c1"), booking("c1"))
    calls.add(record("c0", 5, Outcome.BOOKED), booking("c0"))
    calls.appointments.append(appointment("case-c0"))
    for path in ("/", "/calls/c0", "/calls/c1"):
        page = await text_of(site, path)
        assert "•42" in page
        assert "5550142" not in page.replace(" ", "")


async def test_an_admin_may_ask_for_whole_numbers(calls: StoredCalls) -> None:
    calls.add(record("c1"), booking("c1"))
    async with TestClient(TestServer(make_app(calls, show_numbers=True))) as client:
        page = await text_of(client, "/calls/c1")
    assert "+12025550142" in page
    assert "202 555 0142" in page


async def test_a_closed_call_has_its_own_page_with_the_booking(site: TestClient, calls: StoredCalls) -> None:
    calls.add(record("c0", 5, Outcome.BOOKED), booking("c0"))
    calls.appointments.append(appointment("case-c0"))
    assert 'href="/calls/c0"' in await text_of(site, "/")
    page = await text_of(site, "/calls/c0")
    assert "2026-11-24 15:00" in page
    assert "Dr. Amara Lind" in page
    assert "median 548 ms" in page
    assert "1:35" in page


async def test_hostile_words_and_names_stay_words(site: TestClient, calls: StoredCalls) -> None:
    calls.add(
        record(HOSTILE.encode("ascii", "ignore").decode()),
        [spoke(1, "t1", HOSTILE, HOSTILE, **{HOSTILE: 5}), said(900, HOSTILE)],
    )
    for path in ("/", "/part/home"):
        page = await text_of(site, path)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{7*7}}" in page
        for raw in ("<script>alert", "<img src=x", "onload=x'"):
            assert raw not in page


async def test_every_answer_carries_the_headers(site: TestClient, calls: StoredCalls) -> None:
    calls.trouble = None
    for path in ("/", "/part/home", "/static/console.js", "/static/icon.svg", "/none", "/calls/none", "/changes"):
        async with site.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"


async def test_pages_need_nothing_inline_and_nothing_from_elsewhere(site: TestClient, calls: StoredCalls) -> None:
    calls.add(record("c1"), booking("c1"))
    page = await text_of(site, "/")
    assert "style=" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert page.count("<script") == 1
    for name in ("console.css", "console.js"):
        assert "://" not in await text_of(site, f"/static/{name}")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[::1].evil"])
async def test_a_foreign_name_is_refused(site: TestClient, host: str) -> None:
    async with site.get("/", headers={"Host": host}) as answer:
        assert answer.status in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "LOCALHOST", "[::1]:8080", "localhost:1"])
async def test_our_own_names_are_served(site: TestClient, host: str) -> None:
    async with site.get("/", headers={"Host": host}) as answer:
        assert answer.status == 200


async def test_a_page_of_another_site_may_link_to_us_but_not_read(site: TestClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    async with site.get("/part/home", headers={**foreign, "Sec-Fetch-Mode": "no-cors"}) as answer:
        assert answer.status == 403
    async with site.get("/", headers={**foreign, "Sec-Fetch-Mode": "navigate"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_changed(site: TestClient, method: str) -> None:
    async with site.request(method, "/") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("path", ["/static/site.py", "/static/..%2fsite.py", "/static/%2e%2e/server.py", "/static/"])
async def test_only_files_of_the_list_are_served(site: TestClient, path: str) -> None:
    await text_of(site, path, 404)


async def next_change(answer: ClientResponse) -> str:
    async for line in answer.content:
        if line.startswith(b"data:"):
            return line[5:].decode().strip()
    raise AssertionError("the stream ended")


async def test_a_change_is_told_to_open_pages_at_once(site: TestClient, calls: StoredCalls) -> None:
    calls.add(record("c1"), booking("c1")[:4])
    async with site.get("/changes") as answer:
        assert answer.content_type == "text/event-stream"
        calls.append("c1", said(8_900, "Hello there."))
        assert await asyncio.wait_for(next_change(answer), 5) == "c1"
    assert "Hello there." in await text_of(site, "/part/calls/c1")


async def test_open_pages_are_bounded(site: TestClient) -> None:
    answers = [await site.get("/changes") for _ in range(PAGES_MOST)]
    assert {answer.status for answer in answers} == {200}
    async with site.get("/changes") as one_more:
        assert one_more.status == 503
    for answer in answers:
        answer.close()


@pytest.mark.parametrize("trouble", [DatabaseDown("gone"), KeyTrouble("/x/keys.json: no key file: restore it")])
async def test_a_database_or_key_in_trouble_is_said_in_words(
    site: TestClient, calls: StoredCalls, trouble: Exception
) -> None:
    calls.trouble = trouble
    page = await text_of(site, "/", 503)
    assert "Traceback" not in page
    assert "does not answer" in page or "no key file: restore it" in page
    calls.trouble = None
    await text_of(site, "/")


async def test_one_unreadable_journal_does_not_hide_the_others(
    site: TestClient, calls: StoredCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls.add(record("c1"), booking("c1"))
    calls.add(record("c2"), booking("c2"))
    whole = calls.events

    async def events(call_id: str) -> list[Entry]:
        if call_id == "c2":
            raise CodecError("unknown kind of event 'Sang'")
        return await whole(call_id)

    monkeypatch.setattr(calls, "events", events)
    page = await text_of(site, "/")
    assert "another version of this program" in page
    assert "I would like to book a cleaning" in page


async def test_a_port_in_use_is_one_line(calls: StoredCalls) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    with pytest.raises(ConsolePortInUse, match=rf"^127.0.0.1:{port} is in use$"):
        async with asyncio.timeout(10):
            await serve_app(make_app(calls), "127.0.0.1", port)
    taken.close()


async def test_other_machines_are_not_served(calls: StoredCalls) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        await serve_app(make_app(calls), "0.0.0.0", 0)


async def test_it_stops_at_once_with_pages_open(calls: StoredCalls, unused_tcp_port: int) -> None:
    serving = asyncio.create_task(serve_app(make_app(calls), "127.0.0.1", unused_tcp_port))
    async with ClientSession() as session:
        while True:
            try:
                answer = await session.get(f"http://127.0.0.1:{unused_tcp_port}/changes")
                break
            except OSError:
                assert not serving.done() or serving.result(), "it ended before it served"
                await asyncio.sleep(0.01)
        serving.cancel()
        _, running = await asyncio.wait({serving}, timeout=5)
        assert not running
        answer.close()
