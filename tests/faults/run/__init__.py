"""`make faults`: sixteen clients play purchases while everything beneath them is killed, frozen and cut; then a checker
of its own reads tables, topics and what the clients were answered."""
