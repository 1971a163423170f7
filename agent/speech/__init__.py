"""Decisions about speech, in audio time: the gate, the end of a turn, barge-in, transcripts, and what can be spoken."""
