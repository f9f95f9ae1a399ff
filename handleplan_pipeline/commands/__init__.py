"""What `handleplan` can be asked to do: a module per group of commands; `terminal` is the only one that prints."""
