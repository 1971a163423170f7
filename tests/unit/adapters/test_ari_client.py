import pytest

from agent.adapters.asterisk import AriClient, AriConfig, AriError, check_pbx
from agent.adapters.asterisk.causes import cause_text
from agent.adapters.asterisk.check import _module_findings, _version_findings
from agent.adapters.asterisk.client import _message, _request
from agent.adapters.asterisk.operations import OPERATIONS
from agent.pbx.modules import INCLUDE_MODULES

NOBODY = AriConfig("http://127.0.0.1:1", "user", "password1", "app")


def request(name: str, **parameters: object) -> tuple[str, dict[str, object] | None]:
    return _request(name, OPERATIONS[name], parameters)


def test_parameters_find_their_place_and_are_quoted() -> None:
    assert request("channels.answer", channelId="a/b") == ("/channels/a%2Fb/answer", None)
    url, body = request("channels.setChannelVar", channelId="c", variable="TIMEOUT(absolute)", value=3)
    assert (url, body) == ("/channels/c/variable?variable=TIMEOUT%28absolute%29&value=3", None)
    url, _ = request("bridges.addChannel", bridgeId="b", channel=["x", "y"], mute=True)
    assert url == "/bridges/b/addChannel?channel=x,y&mute=true"


def test_bodies() -> None:
    assert request("channels.setChannelVars", channelId="c", variables={"A": "1"})[1] == {"variables": {"A": "1"}}
    assert request("applications.filter", applicationName="a", filter={"allowed": []})[1] == {"allowed": []}


def test_a_wrong_parameter_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="chanel"):
        request("channels.answer", channelId="c", chanel="x")
    with pytest.raises(TypeError, match="path parameter"):
        request("channels.answer")


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"message":"Channel not found"}', "Channel not found"), ('{"error":"x"}', "x"), ("<html>", "<html>")],
)
def test_asterisks_own_words(text: str, words: str) -> None:
    assert _message(text) == words


async def test_nobody_there_is_an_ari_error_without_status() -> None:
    async with AriClient(NOBODY) as ari:
        with pytest.raises(AriError) as caught:
            await ari.call("asterisk.ping")
        assert caught.value.status == 0
        (finding,) = await check_pbx(ari)
        assert "start Asterisk" in finding


async def test_a_client_that_was_not_opened_says_so() -> None:
    with pytest.raises(AriError, match="async with"):
        await AriClient(NOBODY).call("asterisk.ping")


def test_the_password_is_not_shown() -> None:
    assert "password1" not in repr(NOBODY)


def test_old_versions_and_missing_modules_are_findings() -> None:
    assert _version_findings("22.10.1+dfsg+~cs6.17.60671434-1") == []
    assert _version_findings("23.0.0") == []
    assert "too old" in _version_findings("22.9.4")[0]
    assert "not understood" in _version_findings("GIT-master")[0]
    assert _module_findings(set(INCLUDE_MODULES)) == []
    assert "chan_rtp" in _module_findings(set(INCLUDE_MODULES) - {"chan_rtp"})[0]


def test_causes_have_words() -> None:
    assert cause_text(17) == "User busy"
    assert cause_text(99) == "cause 99"
