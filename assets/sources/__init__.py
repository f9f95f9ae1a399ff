"""Sources as tables."""
