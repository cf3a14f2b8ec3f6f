"""Successions: an organisation leaves for good, and another carries on what it had open."""
