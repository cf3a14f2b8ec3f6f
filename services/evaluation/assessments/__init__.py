"""Assessments: the service of a period is scored, the provider is told in writing, and the result stands when the
window for objections has passed."""
