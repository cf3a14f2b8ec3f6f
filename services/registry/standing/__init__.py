"""Standing: the results of a provider, what they and misconduct move, and why."""
