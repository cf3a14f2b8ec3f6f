"""Objections: the assessed provider disputes a result in time, in writing and with evidence; another person of the
purchaser than the assessor verifies and answers."""
