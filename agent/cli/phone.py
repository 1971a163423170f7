"""How to ring the agent with a softphone: words, a one-liner, a QR code."""

from io import StringIO

import segno

from agent.pbx.plan import Phone
from agent.setup.stack import Stack


def how_to_ring(stack: Stack, phones: tuple[Phone, ...]) -> str:
    """What ``make talk`` prints."""
    ports = stack.pair.pbx_plan.ports
    numbers = [f"{n.number} ({n.tenant})" for n in stack.pair.pbx_plan.numbers]
    you = phones[0]
    lines = [
        "",
        "Attendant is up. Ring it with any softphone on this machine.",
        "",
        f"  Address    {ports.bind}:{ports.sip} (UDP)",
        *(f"  Account    {p.extension}   password {p.password}   {p.name}" for p in phones),
        f"  Dial       {', or '.join(numbers)}",
        "",
        "  baresip, in one line (then type the number after /dial):",
        f"    {baresip_command(you, ports.bind, ports.sip, stack.pair.pbx_plan.numbers[0].number)}",
        "",
        f"  Linphone: a SIP account, user {you.extension}, domain {ports.bind}:{ports.sip}, transport UDP; or scan:",
        qr(f"sip:{you.extension}@{ports.bind}:{ports.sip}"),
        f"  Register account {phones[1].extension} on a second phone to be the colleague who takes transfers.",
    ]
    if stack.wish.console_port:
        lines += ["", f"  Console    http://127.0.0.1:{stack.wish.console_port}/"]
    return "\n".join([*lines, "", "Ctrl-C ends everything."])


def baresip_command(phone: Phone, host: str, port: int, number: str) -> str:
    """Register and dial with baresip."""
    account = f"<sip:{phone.extension}@{host}:{port};transport=udp>;auth_pass={phone.password};regint=60"
    return f"baresip -e '/uanew {account}' -e '/dial {number}'"


def qr(text: str) -> str:
    """A QR code for the terminal."""
    drawn = StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True, border=1)
    return drawn.getvalue()
