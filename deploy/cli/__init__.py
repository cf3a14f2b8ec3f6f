"""The `goufu` command: one file a command group, each a thin layer over what it calls."""
