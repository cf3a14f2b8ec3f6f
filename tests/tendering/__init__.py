"""Tests of tendering, and the named examples they begin with."""
