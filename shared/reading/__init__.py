"""What people and systems read: who sees which rows, lists as sheets, tasks, the feed, the law."""
