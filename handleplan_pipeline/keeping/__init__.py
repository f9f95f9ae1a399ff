"""What is kept, for how long, how it comes back: backup, restore, deletions, retention, installation. No Dagster."""
