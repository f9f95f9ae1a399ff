"""Contracts of the overall indicators."""
