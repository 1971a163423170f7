"""A tenant's folder of text files becomes an AgentProfile, or one clear error with file, line and remedy.

``parse(tenant, files)`` takes the texts by file name (``profile.toml``, ``facts.toml``, ``prompt.txt``); reading
them is the business of whoever owns a disk. ``bundle`` and ``parse_bundle`` carry all files of a tenant as one
text, which a call keeps as its snapshot.
"""

from agent.profiles.errors import ProfileError
from agent.profiles.parse import FILES, bundle, parse, parse_bundle
from agent.profiles.phrases import PHRASES

__all__ = ["FILES", "PHRASES", "ProfileError", "bundle", "parse", "parse_bundle"]
