"""What is to happen later, or elsewhere: deadlines, dispatches, notices, documents, retention."""
