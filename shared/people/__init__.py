"""Who may do what as the registry tells it, and who has an interest."""
