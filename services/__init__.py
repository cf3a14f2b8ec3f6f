"""The services of the circle. None imports another; they meet only in events."""
