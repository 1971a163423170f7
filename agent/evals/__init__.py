"""Simulated callers behind the carrier, what is made of their calls, and the benches.

A *scenario* is a file; a *script* is a scenario with everything drawn from a seed; a *conversation* is the
pure machine that decides what the caller does next; the *loop* gives it audio, time and a line; *run* places
the calls and judges them when they are over.
"""
