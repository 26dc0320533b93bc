from tests.workspaces import ready, template  # noqa: F401  (fixtures)
