"""The composition root: one object, and the verbs that every front door calls."""
