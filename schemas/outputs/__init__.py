"""Contracts of the output layer: what readers get across goals."""
