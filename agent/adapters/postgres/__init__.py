"""Postgres: journal, outbox, the read model of calls, migrations, sealing of personal fields."""
