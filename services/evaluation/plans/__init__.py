"""Plans: the duties that a signed contract brings, each with its day, and the targets it will be evaluated against."""
