"""Contracts of the result goals: their cells and their published figures."""
