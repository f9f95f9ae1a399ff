"""Moved to tests/lib/frames.py; the old name stays until every branch imports the new one."""

from tests.lib.frames import counted, person, table, who

__all__ = ["counted", "person", "table", "who"]
