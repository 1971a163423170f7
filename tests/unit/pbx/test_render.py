import re
from dataclasses import replace

from agent.pbx.check import check
from agent.pbx.foreign import render_foreign_trunk, render_include
from agent.pbx.plan import Number, Phone, Queue, QueueMember, Trunk
from agent.pbx.prompts import PROMPTS, missing
from agent.pbx.render import render_carrier, render_pbx
from scripts.render_asterisk_example import CARRIER, OUTPUT, PBX, example_files


def section(text: str, name: str) -> list[str]:
    """The lines of one section, without comments."""
    body = text.split(f"[{name}]\n", 1)[1].split("\n[", 1)[0]
    return [line for line in body.splitlines() if line and not line.startswith(";")]


def test_the_committed_example_is_what_is_rendered() -> None:
    committed = {str(path.relative_to(OUTPUT)): path.read_text() for path in OUTPUT.glob("*/*.conf")}
    assert committed == example_files(), "run scripts/render_asterisk_example.py"


def test_the_lease_comes_before_stasis_and_falls_back_after_it() -> None:
    entry = section(render_pbx(PBX)["extensions.conf"], "attendant-entry")
    assert entry[0] == "exten => s,1,Set(TIMEOUT(absolute)=3)"
    stasis = next(i for i, line in enumerate(entry) if "Stasis(attendant," in line)
    assert "Goto(attendant-fallback,s,1)" in entry[stasis + 1]
    assert entry[-1] == "exten => T,1,Goto(attendant-fallback,s,1)"


def test_the_fallback_asks_nothing_of_controller_network_or_shell() -> None:
    text = render_pbx(PBX)["extensions.conf"]
    for context in ("attendant-fallback", "attendant-queue", "attendant-voicemail"):
        body = "\n".join(section(text, context))
        assert not re.search(r"Stasis|AGI|CURL|ODBC|System|SHELL", body)


def test_every_context_that_is_gone_to_exists() -> None:
    text = render_pbx(PBX)["extensions.conf"]
    contexts = set(re.findall(r"^\[([a-z-]+)\]", text, re.MULTILINE))
    targets = set(re.findall(r"(?:Goto\(|\?|@)(attendant-[a-z-]+)", text)) | {"attendant-handover"}
    assert targets <= contexts


def test_a_number_is_reached_with_and_without_plus() -> None:
    numbers = section(render_pbx(PBX)["extensions.conf"], "attendant-numbers")
    assert "exten => +493012345,1,Set(ATTENDANT_TENANT=dental)" in numbers
    assert "exten => 493012345,1,Goto(+493012345,1)" in numbers


def test_a_trunk_is_known_by_address_and_port() -> None:
    text = render_pbx(PBX)["pjsip.conf"]
    assert "match = 127.0.0.1:5070" in text
    assert "direct_media = no" in text


def test_nothing_listens_beyond_loopback() -> None:
    for files in (render_pbx(PBX), render_carrier(CARRIER)):
        assert "bindaddr = 127.0.0.1" in files["http.conf"]
        assert "bind = 127.0.0.1:" in files["pjsip.conf"]
        assert not [name for name, text in files.items() if "0.0.0.0" in text]


def test_a_wide_bind_leaves_the_media_address_to_asterisk() -> None:
    wide = replace(PBX, ports=replace(PBX.ports, bind="0.0.0.0"))
    assert "media_address = 0.0.0.0" not in render_pbx(wide)["pjsip.conf"]


def test_modules_are_listed_once() -> None:
    loads = re.findall(r"^load = (.+)$", render_pbx(PBX)["modules.conf"], re.MULTILINE)
    assert len(loads) == len(set(loads)) > 80


def test_the_include_brings_its_contexts_and_no_doors() -> None:
    text = render_include(PBX)["attendant-extensions.conf"]
    assert "[attendant-entry]" in text
    assert "[from-trunk]" not in text
    assert "[general]" not in text
    assert "[general]" not in render_include(PBX)["attendant-queues.conf"]


def test_another_pbx_keeps_its_own_fallback() -> None:
    text = render_foreign_trunk(PBX, "VoiceMail(100)")
    assert "contact = sip:127.0.0.1:5060" in text
    assert " same => n,VoiceMail(100)" in text
    assert "exten => +493012345,1,Goto(attendant,${EXTEN},1)" in text


def test_missing_prompts_are_findings() -> None:
    assert missing(frozenset(f"{name}.wav" for name in PROMPTS)) == []
    (finding,) = missing(frozenset(f"{name}.wav" for name in PROMPTS if name != "keys"))
    assert "keys.wav" in finding


def test_a_sound_plan_has_no_findings() -> None:
    assert check(PBX) == []


def test_each_flaw_is_one_finding_with_a_remedy() -> None:
    flaws = {
        "SIP port": replace(PBX, ports=replace(PBX.ports, sip=20010)),
        "no number": replace(PBX, numbers=()),
        "is there twice; give": replace(PBX, numbers=(*PBX.numbers, Number("493012345", "sales", "sales-desk"))),
        "extension": replace(PBX, numbers=(Number("2000", "dental", "dental-desk"),)),
        "does not exist; add the queue": replace(PBX, numbers=(Number("+4930", "dental", "nowhere"),)),
        "two SIP endpoints": replace(PBX, phones=(*PBX.phones, Phone("1000", "password1"))),
        "share the address": replace(PBX, trunks=(*PBX.trunks, Trunk("twin", "127.0.0.1", 5070))),
        "merge": replace(PBX, queues=(*PBX.queues, Queue("sales-desk", (QueueMember("2000"),)))),
        "no phone 3000": replace(PBX, queues=(*PBX.queues, Queue("third", (QueueMember("3000"),)))),
        "trunk nowhere": replace(PBX, queues=(*PBX.queues, Queue("third", (QueueMember("desk", "nowhere"),)))),
    }
    for words, plan in flaws.items():
        (finding,) = check(plan)
        assert words in finding
        assert "; " in finding
