"""The only way between services: relay, consumers, rebuilding and recovery, and what checks the record afterwards."""
