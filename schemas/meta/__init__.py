"""Contracts of the meta schema of the published database."""
