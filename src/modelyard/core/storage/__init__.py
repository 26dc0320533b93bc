"""The database and the artifacts: everything a workspace remembers."""
