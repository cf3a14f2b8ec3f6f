"""What tests share: a whole Goufu in one process, and the people who use it."""
