"""A lab as a process: its directory, its start and end, and what the command prints."""
