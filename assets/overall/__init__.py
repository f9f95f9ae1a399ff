"""The three overall indicators."""
