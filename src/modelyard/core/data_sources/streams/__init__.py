"""Streams: sources that never end. They are followed from a position on, and land in a growing dataset."""
