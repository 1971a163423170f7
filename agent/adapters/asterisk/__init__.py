"""Asterisk 22 over ARI: a thin client, and the Telephony port on it."""

from agent.adapters.asterisk.check import check_pbx
from agent.adapters.asterisk.client import AriClient, AriConfig, AriError, AriEvent, Link
from agent.adapters.asterisk.telephony import AsteriskTelephony

__all__ = ["AriClient", "AriConfig", "AriError", "AriEvent", "AsteriskTelephony", "Link", "check_pbx"]
