"""How Goufu runs: the command line, a private PostgreSQL and Kafka, the demonstration."""
