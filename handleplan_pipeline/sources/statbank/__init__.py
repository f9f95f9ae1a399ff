"""StatBank, Statistics Denmark's open tables: client, pinned snapshots, one parser."""
