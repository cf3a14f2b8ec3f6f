"""Tasks: what waits for a person here, until when and by which clause."""
