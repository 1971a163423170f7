"""The console in a real browser: our script and style run under our own policy, and a call is seen as it goes on."""

from aiohttp.test_utils import TestServer

from agent.console import make_app
from agent.values.caller import Outcome
from tests.browser.chromium import chromium
from tests.unit.console.stored_calls import StoredCalls, appointment, booking, record, said

FITS = "document.documentElement.scrollWidth <= window.innerWidth"


def seeded() -> StoredCalls:
    """A live call, and three that are over."""
    calls = StoredCalls()
    calls.add(record("call-1"), booking("call-1")[:-3])
    calls.add(record("call-2", 9, Outcome.BOOKED), booking("call-2"))
    calls.add(record("call-3", 31, Outcome.IN_DOUBT, 141), booking("call-3"))
    calls.add(record("call-4", 64, Outcome.SILENT, 24), booking("call-4")[:5])
    calls.appointments.append(appointment("case-call-2"))
    return calls


async def test_a_live_call_is_seen_to_go_on() -> None:
    calls = seeded()
    async with TestServer(make_app(calls), host="127.0.0.1") as server, chromium() as tab:
        await tab.open(str(server.make_url("/")))
        assert await tab.ask("document.querySelectorAll('.live .talk .agent').length") == 3
        assert await tab.ask("document.querySelector('.live s').textContent.startsWith('We are open')")
        assert await tab.ask("document.querySelectorAll('.live rect.endpoint').length") == 2
        await tab.until("document.getElementById('link').dataset.state === 'on'")
        calls.append("call-1", said(24_000, "Could I have <b>another</b> day?", 4))
        await tab.until("document.querySelector('.live .talk').textContent.includes('have <b>another</b> day?')")
        assert len(await tab.picture()) > 10_000
        assert tab.problems == []


async def test_it_fits_a_telephone_in_the_dark() -> None:
    async with TestServer(make_app(seeded()), host="127.0.0.1") as server, chromium() as tab:
        for path in ("/", "/calls/call-2"):
            await tab.open(str(server.make_url(path)), width=380, height=800, scheme="dark")
            assert await tab.ask(FITS)
        ground = await tab.ask("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(19, 24, 22)"
        assert tab.problems == []
