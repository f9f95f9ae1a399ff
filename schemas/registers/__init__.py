"""Contracts of the register layer: person level, confidential."""
