"""Sphinx extensions of the book, one per file; each `setup()` lists its events in the order in which they run."""
