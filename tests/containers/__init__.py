"""`make containers`: docker-compose.yml in a container engine, as an operator brings it up; a purchase is played
through its gateway while containers are killed, cut off and replaced."""
