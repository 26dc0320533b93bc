"""Transformations of tables: each a recorded step that can be replayed. Steps are imported where they are used."""
