"""Attendant: an open, on-premises AI phone receptionist. See docs/architecture.md for the rooms."""

__version__ = "0.1.0"
