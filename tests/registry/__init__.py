"""Tests of the registry, and the named examples they begin with."""
