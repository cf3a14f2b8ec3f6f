"""Conduct: what acceptance and assessment have in common. Who carries them out, and which service users watch."""
