"""Requirements: versions of what exactly is needed, written by one person, put to the public, reviewed by another."""
