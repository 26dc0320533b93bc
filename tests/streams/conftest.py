from tests.workspaces import yard  # noqa: F401  (a fixture)
