"""The call as a pure state machine: events in, commands out, no clock, no IO, no randomness."""
