"""Projects: proposed by one of three ways, reviewed into the pool, cleared when budget and requirement stand."""
