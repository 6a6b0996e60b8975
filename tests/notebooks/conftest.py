"""What takes seconds is kept from one run of a notebook to the next, as a render keeps it."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def kept_here(kept):
    """Notebooks are run with what was kept."""
    with kept():
        yield
