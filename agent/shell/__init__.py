"""The asyncio shell: one task group per call, one global 20 ms tick, and the loops that look after them."""
