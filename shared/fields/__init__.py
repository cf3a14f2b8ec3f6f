"""What a value is, whoever holds it: money, text, dates and working days, places, codes and ids, and JSON as it
travels."""
