"""Frozen values that flow through every room. They know nothing of where they came from."""
