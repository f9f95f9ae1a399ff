"""Contracts of the source layer: parsed, typed supplier tables."""
