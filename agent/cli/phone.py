"""How to ring the agent with a softphone, in words."""

from pathlib import Path

from agent.cli.softphone import PACKAGE, baresip_command, has_sound, write_softphone
from agent.pbx.plan import Phone
from agent.setup.stack import Stack


def how_to_ring(stack: Stack, phones: tuple[Phone, Phone]) -> str:
    """What ``make talk`` prints: the caller's account first, then the colleague's."""
    ports = stack.pair.pbx_plan.ports
    numbers = sorted(stack.pair.pbx_plan.numbers, key=lambda number: number.tenant)
    you, colleague = (write_folder(stack, phone) for phone in phones)
    lines = [
        "",
        "Attendant is up. Ring it with a softphone on this machine.",
        "",
        f"  Address    {ports.bind}:{ports.sip}, UDP",
        *(f"  Account    {p.extension}   password {p.password}   {p.name}" for p in phones),
        *(f"  Dial       {n.number}   {n.tenant}" for n in numbers),
        "",
        f"  With baresip (apt-get install {PACKAGE}), from this directory; q ends it:",
        f"    {baresip_command(you, numbers[0].number)}",
        *([] if has_sound() else [f"  There is no sound card here: what it hears is kept as {you}/dump-*-dec.wav."]),
        "",
        f"  With Linphone: a SIP account, user {phones[0].extension}, domain {ports.bind}:{ports.sip}, transport UDP.",
        "",
        f"  Register {phones[1].extension} on a second softphone to be the colleague who takes transfers:",
        f"    baresip -f {colleague}",
    ]
    if stack.wish.console_port:
        lines += ["", f"  Console    http://127.0.0.1:{stack.wish.console_port}/"]
    return "\n".join([*lines, "", "Ctrl-C ends everything."])


def write_folder(stack: Stack, phone: Phone) -> Path:
    """The folder that baresip starts from with this account."""
    ports = stack.pair.pbx_plan.ports
    folder = stack.folder / f"phone-{phone.extension}"
    write_softphone(folder, phone, ports.bind, ports.sip, has_sound())
    return folder
