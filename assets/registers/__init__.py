"""Registers: person level, conformed; confidential."""
