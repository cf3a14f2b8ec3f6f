"""The law as dated data, and what a rule returns: findings that cite it. No rule stands here."""
