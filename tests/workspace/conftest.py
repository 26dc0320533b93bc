import pytest

from modelyard.samples import sample
from tests.workspaces import ready, template, yard  # noqa: F401  (fixtures)


@pytest.fixture
def flights_file():
    return sample("flights").path
