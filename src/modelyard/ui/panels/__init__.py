"""One package per tab: `model` holds state and verbs, `view` shows it."""
