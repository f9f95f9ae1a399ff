"""Releases: built aside, verified in a fresh process, swapped in atomically, never changed afterwards."""
