"""The model ports, served by our own worker processes over unix sockets, or by an OpenAI-compatible server."""
