"""``backends.toml``: which of a tenant's tools are served by an endpoint of its own.

::

    [[webhook]]
    tools = ["calendar.availability", "calendar.book"]
    url = "https://crm.example/attendant"
    secret_file = "/etc/attendant/crm.secret"   # or secret_env = "CRM_SECRET"
"""

from collections import Counter
from urllib.parse import urlsplit

from agent.profiles.reader import Table
from agent.values.profile import WebhookSpec

FILE = "backends.toml"
_HERE = ("localhost", "127.0.0.1", "::1")
_DEFAULT = WebhookSpec((), "")


def webhooks(table: Table) -> tuple[WebhookSpec, ...]:
    """The endpoints, in the file's order. Raises ProfileError."""
    rows = table.tables("webhook")
    specs = tuple(_webhook(row) for row in rows)
    table.done()
    twice = [name for name, n in Counter(tool for spec in specs for tool in spec.tools).items() if n > 1]
    if twice:
        row = next(row for row, spec in reversed(list(zip(rows, specs, strict=True))) if twice[0] in spec.tools)
        raise row.error("tools", f"{twice[0]!r} has two backends", "Leave it to one of them")
    return specs


def _webhook(t: Table) -> WebhookSpec:
    spec = WebhookSpec(
        tools=t.texts("tools"),
        url=_url(t, "url", t.text("url")),
        secret_file=t.text("secret_file", ""),
        secret_env=t.text("secret_env", ""),
        connect_ms=t.number("connect_ms", _DEFAULT.connect_ms, lowest=100, highest=10_000),
        knows_keys=t.flag("knows_keys", True),
        find=t.text("find", ""),
        natural_key=t.texts("natural_key", ()),
        settles_ms=t.number("settles_ms", _DEFAULT.settles_ms, lowest=0, highest=600_000),
    )
    t.done()
    if bool(spec.secret_file) == bool(spec.secret_env):
        what = "two secrets are named" if spec.secret_file else "no secret is named"
        raise t.error("secret_file", what, 'Write secret_file = "/path" or secret_env = "NAME"')
    if spec.find:
        _url(t, "find", spec.find)
    if spec.find and spec.knows_keys:
        raise t.error("find", "an endpoint that keeps keys is asked by key", "Remove find, or set knows_keys = false")
    if bool(spec.find) != bool(spec.natural_key):
        raise t.error("natural_key", "find and natural_key go together", 'Write natural_key = ["start", "phone"]')
    return spec


def _url(t: Table, key: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole, parts = False, urlsplit("")
    if not is_whole or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise t.error(key, f"{key!r} is {text!r}, not an address", 'Write it as "https://host/path"')
    if parts.username or parts.password:
        raise t.error(key, f"{key!r} holds a password", "Remove it: requests are signed with the secret")
    if parts.scheme == "http" and parts.hostname not in _HERE:
        raise t.error(key, "names and numbers would travel in the clear", "Use https, or an address of this machine")
    return text
