"""Editions of the directory of services: imported, published by another person, in force from a day, never changed."""
