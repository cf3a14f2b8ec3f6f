"""Notices: the checked file is published, and the closing moves only later, by two persons."""
