"""What a process is told by its environment, what it says of itself, and what it does in an outage."""
