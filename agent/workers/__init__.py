"""Model processes, one per kind: they listen on a unix socket, compute, and know nothing of calls or networks."""
