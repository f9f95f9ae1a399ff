"""What people are told, once, where they are: events, words, memory, sending. Knows nothing of Dagster."""
