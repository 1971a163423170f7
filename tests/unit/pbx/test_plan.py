import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pbx.plan import AriLogin, Folders, Number, Phone, PlanError, Ports, Queue, QueueMember, Trunk

BREAKERS = ["a\nb", "a;b", "a b", "a]b", "a,b", "a${b}", "a)b", "a=>b", "", "é", "x" * 200, "a\x00b", "../b"]


@pytest.mark.parametrize("text", BREAKERS)
def test_no_name_can_break_out_of_its_line(text: str) -> None:
    for build in (
        lambda: AriLogin(text, "user", "password1"),
        lambda: AriLogin("app", text, "password1"),
        lambda: AriLogin("app", "user", text + "\n"),
        lambda: Number(text, "tenant", "queue"),
        lambda: Number("+4930123", text, "queue"),
        lambda: Number("+4930123", "tenant", text),
        lambda: Queue(text),
        lambda: QueueMember(text),
        lambda: Phone(text, "password1"),
        lambda: Phone("1000", text + ";"),
        lambda: Phone("1000", "password1", text + "\n"),
        lambda: Trunk(text, "127.0.0.1", 5060),
        lambda: Trunk("trunk", text, 5060),
        lambda: Folders(text, "/voicemail"),
    ):
        with pytest.raises(PlanError):
            build()


@given(st.text())
def test_a_display_name_that_passes_stays_within_its_quotes(name: str) -> None:
    try:
        phone = Phone("1000", "password1", name)
    except PlanError:
        return
    assert not set(phone.name) & set('"\\;\r\n<>[]')


def test_an_error_names_field_and_remedy() -> None:
    with pytest.raises(PlanError) as caught:
        Number("030/123", "dental", "desk")
    assert caught.value.field == "number.number"
    assert "digits" in caught.value.remedy
    assert "030/123" in str(caught.value)


@pytest.mark.parametrize("ports", [(80, 8088, 20000, 20100), (5060, 8088, 20000, 20002), (5060, 70000, 20000, 20100)])
def test_ports_must_be_usable(ports: tuple[int, int, int, int]) -> None:
    with pytest.raises(PlanError):
        Ports(*ports)


def test_a_password_is_not_shown() -> None:
    assert "password1" not in repr(AriLogin("app", "user", "password1"))
    assert "password1" not in repr(Phone("1000", "password1"))


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(PlanError, match="g729"):
        Trunk("trunk", "127.0.0.1", 5060, ("g729",))
