"""How a service speaks HTTP: who calls, how much may be asked, the same errors everywhere."""
