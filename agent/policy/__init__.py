"""Rules that no model can break: escalation, consent, opening hours. Tables of data and pure functions."""
