"""Asterisk's configuration as pure text: a plan in, ``{filename: text}`` out. Nothing here touches a disk or a PBX."""
