"""Posts: who may do what, for whom, where, from when and until when; the weighty ones take two administrators."""
