"""What the `make` targets call: downloads, hashes, the private Asterisk, Postgres, child processes.

Everything here is idempotent: a second run finds what the first one left, and mends what it left half done.
What goes wrong is a `CannotSetUp`: one line that names cause and remedy.
"""
