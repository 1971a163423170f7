"""A tenant's own backends: what is wrong in ``backends.toml`` is told with its line."""

import pytest

from agent.profiles import ProfileError, bundle, parse, parse_bundle
from agent.setup.backends import webhooks_of
from agent.shell.desk import Tenants
from agent.values.profile import WebhookSpec
from tests.unit.dialogue.rig import CLINIC, TENANTS

GOOD = """# ours
[[webhook]]
tools = ["calendar.book"]
url = "https://crm.example/attendant"
secret_env = "CRM_SECRET"
"""
KEYLESS = """knows_keys = false
find = "https://crm.example/find"
natural_key = ["start", "phone"]
"""


def texts(backends: str) -> dict[str, str]:
    names = ("profile.toml", "facts.toml", "prompt.txt")
    return {name: (TENANTS / CLINIC / name).read_text() for name in names} | {"backends.toml": backends}


def test_an_endpoint_is_read_and_is_part_of_the_snapshot() -> None:
    expected = WebhookSpec(("calendar.book",), "https://crm.example/attendant", secret_env="CRM_SECRET")
    assert parse(CLINIC, texts(GOOD)).webhooks == (expected,)
    assert parse_bundle(bundle(CLINIC, texts(GOOD))).webhooks == (expected,)
    keyless = parse(CLINIC, texts(GOOD + KEYLESS)).webhooks[0]
    assert (keyless.knows_keys, keyless.natural_key) == (False, ("start", "phone"))
    assert parse(CLINIC, texts("")).webhooks == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "cause"),
    [
        ('url = "https://crm.example/attendant"\n', "", 2, "'url' is missing"),
        ("https://crm.example/attendant", "crm.example", 4, "not an address"),
        ("https://crm.example/attendant", "https://[::1/x", 4, "not an address"),
        ("https://crm.example/attendant", "https://crm.example:99999/x", 4, "not an address"),
        ("https://crm.example/attendant", "https://crm.example/?key=1", 4, "not an address"),
        ("https://crm", "http://crm", 4, "in the clear"),
        ("https://crm", "https://me:pass@crm", 4, "holds a password"),
        ('secret_env = "CRM_SECRET"', "", 2, "no secret is named"),
        ('secret_env = "CRM_SECRET"', 'secret_env = "A"\nsecret_file = "/b"', 6, "two secrets are named"),
        ('secret_env = "CRM_SECRET"', 'secret_env = "A"\ncolour = "red"', 6, "unknown key 'colour'"),
        ('secret_env = "CRM_SECRET"', 'secret_env = "A"\nconnect_ms = 1', 6, "'connect_ms' is 1"),
        ('secret_env = "CRM_SECRET"', 'secret_env = "A"\nfind = "https://crm.example/f"', 6, "is asked by key"),
        ('secret_env = "CRM_SECRET"', 'secret_env = "A"\n' + KEYLESS.replace("natural_key", "# "), 2, "go together"),
        ("[[webhook]]", "[[webhok]]", 2, "unknown key 'webhok'"),
        ("# ours", GOOD, 8, "has two backends"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, cause: str) -> None:
    with pytest.raises(ProfileError, match=cause) as told:
        parse(CLINIC, texts(GOOD.replace(old, new)))
    assert (told.value.file, told.value.line) == (f"{CLINIC}/backends.toml", line)
    assert told.value.remedy


def test_an_endpoint_of_this_machine_needs_no_tls() -> None:
    assert parse(CLINIC, texts(GOOD.replace("https://crm.example", "http://127.0.0.1:8000"))).webhooks


def tenants(backends: str) -> Tenants:
    text = bundle(CLINIC, texts(backends))
    profile = parse_bundle(text)
    return Tenants(dict.fromkeys(profile.numbers, profile), {profile.sha: text}, parse_bundle)


def test_secrets_come_from_the_environment_or_a_file(tmp_path) -> None:
    (webhook,) = webhooks_of(tenants(GOOD), {"CRM_SECRET": " sixteen characters\n"})
    assert (webhook.tenant, webhook.secret, webhook.line) == (CLINIC, b"sixteen characters", 4)
    path = tmp_path / "secret"
    path.write_text("another of sixteen\n")
    from_file = GOOD.replace('secret_env = "CRM_SECRET"', f'secret_file = "{path}"')
    assert webhooks_of(tenants(from_file), {})[0].secret == b"another of sixteen"


@pytest.mark.parametrize(
    ("backends", "variables", "line", "cause"),
    [
        (GOOD, {}, 5, "CRM_SECRET is not set"),
        (GOOD, {"CRM_SECRET": "short"}, 5, "too short"),
        (GOOD.replace('env = "CRM_SECRET"', 'file = "/no/such/file"'), {}, 5, "cannot be read"),
        (GOOD.replace("calendar.book", "calendar.wipe"), {}, 3, "there is no tool 'calendar.wipe'"),
    ],
)
def test_a_secret_or_tool_that_is_not_there(backends: str, variables: dict[str, str], line: int, cause: str) -> None:
    with pytest.raises(ProfileError, match=cause) as told:
        webhooks_of(tenants(backends), variables)
    assert (told.value.file, told.value.line) == (f"{CLINIC}/backends.toml", line)
