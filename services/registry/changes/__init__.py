"""Changes: what is known of an organisation changes by dated versions with evidence; older ones stay readable, and who
takes another's place is named."""
