"""Signing: the registry is asked once more, both parties sign, the signed contract is filed with finance."""
