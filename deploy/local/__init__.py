"""A private PostgreSQL and Kafka for one machine: the demonstration, the tests, a first look. Not for operation."""
