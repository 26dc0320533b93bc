"""The tests of this checkout; a package, so that processes started by a test can import it by name."""
