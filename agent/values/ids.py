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
