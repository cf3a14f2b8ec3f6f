"""The demonstration: two cities buy, one provider fails, and everything that follows from it."""
