"""Terms: how long a contract runs, the end of each year of service, and renewal with the same provider."""
