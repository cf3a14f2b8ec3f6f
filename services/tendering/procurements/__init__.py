"""Procurements: opened from a cleared project, by method, as procurement project or other purchase."""
