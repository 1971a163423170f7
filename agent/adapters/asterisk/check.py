"""Is this PBX fit to answer calls? Asked once at start, and by `attendant check`."""

import re

from agent.adapters.asterisk.client import AriClient, AriError
from agent.pbx.modules import INCLUDE_MODULES

LOWEST_VERSION = (22, 10, 1)


async def check_pbx(ari: AriClient) -> list[str]:
    """Findings, each ``cause; remedy``; an empty list means fit. An unreachable PBX is one finding."""
    try:
        info = await ari.call("asterisk.getInfo", only=["system"])
        modules = await ari.call("asterisk.listModules")
    except AriError as refused:
        return [_unreachable(ari.config.url, refused)]
    running = {module["name"].removesuffix(".so") for module in modules if module["status"] == "Running"}
    return [*_version_findings(info["system"]["version"]), *_module_findings(running)]


def _unreachable(url: str, refused: AriError) -> str:
    if refused.status == 401:
        return f"ARI at {url} refuses user or password; compare them with its ari.conf"
    return f"ARI at {url} does not answer ({refused}); start Asterisk, or correct the address"


def _version_findings(version: str) -> list[str]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    lowest = ".".join(map(str, LOWEST_VERSION))
    if found is None:
        return [f"Asterisk's version {version!r} is not understood; use a release >= {lowest}"]
    if tuple(map(int, found.groups())) < LOWEST_VERSION:
        return [f"Asterisk {version} is too old: one NOTIFY can kill it; upgrade to {lowest} or later"]
    return []


def _module_findings(running: set[str]) -> list[str]:
    return [
        f"Asterisk has not loaded {module}; add `load = {module}.so` to modules.conf and restart it"
        for module in INCLUDE_MODULES
        if module not in running
    ]
