"""The console's routes. Read-only, loopback only, no script or style but our own."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agent.adapters.postgres.crypto import KeyTrouble
from agent.adapters.postgres.database import DatabaseDown
from agent.call.codec import CodecError
from agent.console.feed import Feed, TooManyPages, running
from agent.console.guard import Handler, guard, set_headers
from agent.console.reader import CallsReader
from agent.console.view import BAR_UNITS, FLOORS, CallView, call_view, clock, length, local
from agent.ports.data import Entry
from agent.values.caller import CallRecord

PAGES = Path(__file__).with_name("pages")
FILES = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
RECENT = 25
KEPT = 200
TICK_S = 10.0
"""A page is told to ask anew at least this often: the net under the database's notifications."""


class Console:
    """The pages over one reader."""

    def __init__(self, reader: CallsReader, show_numbers: bool) -> None:
        self._reader = reader
        self._show_numbers = show_numbers
        self._pages = _environment()
        self._closed: OrderedDict[str, CallView] = OrderedDict()
        self.feed = Feed(reader)

    def routes(self) -> list[web.RouteDef]:
        """Every route there is."""
        return [
            web.get("/", self.home),
            web.get("/calls/{call_id}", self.call),
            web.get("/part/home", self.home_part),
            web.get("/part/calls/{call_id}", self.call_part),
            web.get("/changes", self.changes, allow_head=False),
            web.get("/static/{name}", self.static),
        ]

    async def home(self, _: web.Request) -> web.Response:
        """Live calls and the recent ones."""
        return await self._home("home.html")

    async def home_part(self, _: web.Request) -> web.Response:
        """The home page without its frame, for an update in place."""
        return await self._home("home_part.html")

    async def call(self, request: web.Request) -> web.Response:
        """One call."""
        return await self._call("call.html", request)

    async def call_part(self, request: web.Request) -> web.Response:
        """One call without the frame."""
        return await self._call("call_part.html", request)

    async def static(self, request: web.Request) -> web.Response:
        """A file of ours, by its name in a fixed list."""
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(body=(PAGES / name).read_bytes(), content_type=FILES[name], charset="utf-8")

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the id of a call that changed, or nothing for "look again"."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        try:
            with self.feed.subscription() as page:
                await stream.prepare(request)
                await stream.write(b"retry: 2000\n\n")
                while not self.feed.is_over:
                    for call_id in await page.take(TICK_S) or ("",):
                        await stream.write(f"event: change\ndata: {_one_line(call_id)}\n\n".encode())
        except TooManyPages:
            raise web.HTTPServiceUnavailable(text="too many open pages\n", headers={"Retry-After": "10"}) from None
        except ConnectionResetError:
            pass  # the page was closed
        return stream

    async def _home(self, template: str) -> web.Response:
        live = [await self._view(record) for record in await self._reader.live_calls()]
        records = [record for record in await self._reader.recent(RECENT) if record.ended_at is not None]
        recent = [await self._view(record) for record in records]
        return self.page(template, live=live, recent=recent)

    async def _call(self, template: str, request: web.Request) -> web.Response:
        record = await self._reader.call(request.match_info["call_id"])
        if record is None:
            raise web.HTTPNotFound
        appointments = await self._reader.appointments_by_case(record.case_id)
        entries = await self._entries(record)
        return self.page(template, call=call_view(record, entries, appointments, self._show_numbers))

    async def _view(self, record: CallRecord) -> CallView:
        """A call without its appointments; that of a closed call is kept, since it changes no more."""
        key = f"{record.call_id} {record.ended_at}"
        if kept := self._closed.get(key):
            return kept
        view = call_view(record, await self._entries(record), (), self._show_numbers)
        if not view.is_live:
            self._closed[key] = view
            if len(self._closed) > KEPT:
                self._closed.popitem(last=False)
        return view

    async def _entries(self, record: CallRecord) -> list[Entry] | CodecError:
        try:
            return await self._reader.events(record.call_id)
        except CodecError as error:
            return error

    def page(self, template: str, status: int = 200, **values: object) -> web.Response:
        """A page from a template; everything in it is escaped."""
        text = self._pages.get_template(template).render(**values)
        # A recogniser may emit half a surrogate pair, and the journal keeps it; UTF-8 does not.
        body = text.encode("utf-8", "replace")
        return web.Response(body=body, status=status, content_type="text/html", charset="utf-8")


def make_app(reader: CallsReader, show_numbers: bool = False) -> web.Application:
    """The console over ``reader``. Telephone numbers are masked except their last two digits unless asked otherwise."""
    console = Console(reader, show_numbers)
    app = web.Application(middlewares=[guard, _troubles(console)])
    app.add_routes(console.routes())
    app.on_response_prepare.append(set_headers)

    async def feed(_: web.Application) -> AsyncIterator[None]:
        async with running(console.feed):
            yield

    async def let_go(_: web.Application) -> None:
        console.feed.close()
        await asyncio.sleep(0)

    app.cleanup_ctx.append(feed)
    app.on_shutdown.append(let_go)
    return app


def _troubles(console: Console) -> Middleware:
    """What goes wrong, said in a page: cause and remedy, no trace."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except DatabaseDown:
            what = "The database does not answer. Calls go on; this page comes back with it."
            return console.page("trouble.html", 503, what=what)
        except KeyTrouble as error:
            return console.page("trouble.html", 503, what=f"Records cannot be opened: {error}")
        except web.HTTPNotFound:
            return console.page("trouble.html", 404, what="There is no such page or call.")

    return answer


def _environment() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters.update(clock=clock, local=local)
    pages.globals.update(length=length, floors=FLOORS, bar_units=BAR_UNITS)
    return pages


def _one_line(text: str) -> str:
    return "".join(text.split())
