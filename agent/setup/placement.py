"""Where each kind of model is served, as the service file has it: by workers of this host, or of another one."""

from collections.abc import Mapping
from pathlib import Path

from agent.adapters.models.tls import TlsFault, TlsPlace, tls_place
from agent.setup.errors import CannotSetUp
from agent.setup.service import ModelsSection

KINDS = ("tts", "vad", "stt", "llm")


def addresses(models: ModelsSection) -> Mapping[str, str]:
    """The kinds that another host serves, with its address."""
    named = {"vad": models.vad, "stt": models.stt, "tts": models.tts, "llm": models.llm}
    return {kind: address for kind, address in named.items() if address}


def is_elsewhere(models: ModelsSection, kind: str) -> bool:
    """Whether another host serves ``kind`` as long as it is there."""
    return kind in addresses(models) or (kind == "llm" and bool(models.llm_url))


def near_sets(models: ModelsSection) -> Mapping[str, str]:
    """The workers that this host starts, by the set each has its model of: its own, and those it falls back on."""
    sets = {kind: models.fallback if is_elsewhere(models, kind) else models.set for kind in KINDS}
    return {kind: name for kind, name in sets.items() if name}


def far_places(models: ModelsSection) -> Mapping[str, TlsPlace]:
    """The workers of other hosts. CannotSetUp for an address that is none, or certificates that do not do."""
    found = addresses(models)
    if found and not models.tls:
        raise CannotSetUp("[models] names a worker of another host, but no tls", "attendant workers make-pki DIR")
    if models.llm and models.llm_url:
        raise CannotSetUp("[models] names both llm and llm_url", "take one of them out")
    try:
        return {kind: tls_place(kind, address, Path(models.tls)) for kind, address in found.items()}
    except TlsFault as fault:
        raise CannotSetUp(*str(fault).split("; ", 1)) from fault
    except ValueError as error:
        raise CannotSetUp(f"[models] {error}", "write the other host's name and port") from error
