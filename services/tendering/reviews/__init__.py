"""Reviews: every opened bid is held against every qualification condition of the published file."""
