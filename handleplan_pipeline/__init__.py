"""How the pipeline works: engine, lake, sources, rules, release. No file in here names a single goal."""

__version__ = "0.2.0"
