"""Public consultations on a proposed requirement: channels, private answers, and what became of each."""
