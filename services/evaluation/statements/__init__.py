"""Statements: free text that people give (opinions, objections, reasons), kept apart so that it can be erased."""
