"""The tenants' folders on this disk, and what the PBX must know of them."""

from pathlib import Path

from agent.pbx.plan import Number, Queue, QueueMember
from agent.profiles import FILES, ProfileError, bundle, parse_bundle
from agent.shell.desk import Tenants
from agent.values.profile import AgentProfile

SHIPPED = Path(__file__).resolve().parents[1] / "tenants"


def read_tenants(folder: Path) -> Tenants:
    """Every tenant below ``folder``. Raises ProfileError, with file and line."""
    by_number: dict[str, AgentProfile] = {}
    texts: dict[str, str] = {}
    for tenant in sorted(p for p in folder.iterdir() if (p / "profile.toml").exists()):
        files = {name: (tenant / name).read_text() for name in FILES if (tenant / name).exists()}
        text = bundle(tenant.name, files)
        profile = parse_bundle(text)
        texts[profile.sha] = text
        for number in profile.numbers:
            if number in by_number:
                problem = f"{number} is {by_number[number].tenant}'s number too"
                raise ProfileError(f"{tenant.name}/profile.toml", 1, problem, "Give it to one of them")
            by_number[number] = profile
    if not by_number:
        raise ProfileError(str(folder), 1, "no tenant is there", "Make a folder with a profile.toml in it")
    return Tenants(by_number, texts, parse_bundle)


def numbers_of(tenants: Tenants) -> tuple[Number, ...]:
    """The numbers the dialplan hands to us, and the queue that takes over when we do not."""
    return tuple(Number(number, p.tenant, p.queue) for number, p in sorted(tenants.by_number.items()))


def tongues_of(tenants: Tenants) -> dict[str, str]:
    """The sentences that profiles have in other languages, by the voice that speaks each."""
    return {t.to_human: t.voice for profile in tenants.by_number.values() for t in profile.tongues}


def queues_of(tenants: Tenants, members: tuple[QueueMember, ...]) -> tuple[Queue, ...]:
    """One queue per name the profiles use, all rung by the same members."""
    names = sorted({profile.queue for profile in tenants.by_number.values()})
    return tuple(Queue(name, members, ring_s=10, wait_s=30) for name in names)
