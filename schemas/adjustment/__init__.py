"""Contracts of what a judgement is made of: bootstraps, background, and the readings themselves."""
