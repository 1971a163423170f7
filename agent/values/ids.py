"""Identifiers. Each is a plain string on the wire and in Postgres; the type keeps them apart in code."""

from typing import NewType

CallId = NewType("CallId", str)
"""One telephone call of ours, from INVITE to release; it has channels."""

CaseId = NewType("CaseId", str)
"""What a caller wants; it may span several calls."""

TurnId = NewType("TurnId", str)
"""One turn of the agent's reply within a call: ``t1``, ``t2``, ... Stale results carry an old one."""

ToolId = NewType("ToolId", str)
"""One tool call within a call: ``w1``, ``w2``, ..."""

ChannelId = NewType("ChannelId", str)
"""An Asterisk channel id. Ours are ``<call_id>-media`` and so on, hence recognisable after a crash."""

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
CHANCE_BITS = 80


def sortable_id(prefix: str, wall_ms: int, chance: int) -> str:
    """``<prefix>-<26 base32 characters>``: 48 bits of Unix time in ms, then CHANCE_BITS of chance (as a ULID)."""
    number = ((wall_ms & ((1 << 48) - 1)) << CHANCE_BITS) | (chance & ((1 << CHANCE_BITS) - 1))
    return prefix + "-" + "".join(_BASE32[(number >> shift) & 31] for shift in range(125, -1, -5))
