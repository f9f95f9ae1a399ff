"""Where tables live: files, contracts, keys, the SQL engine, releases. Knows no Dagster."""
