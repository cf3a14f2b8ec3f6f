"""Awards: the first in rank is proposed, cleared by the registry, announced, and confirmed by another person."""
