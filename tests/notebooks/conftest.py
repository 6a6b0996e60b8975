"""What takes seconds is kept from one run of a notebook to the next, as a render keeps it."""

from collections.abc import Iterator

import pytest

from ldn_analysis.cache import FOLDER
from ldn_analysis.render.project import locate


@pytest.fixture(scope="session", autouse=True)
def kept() -> Iterator[None]:
    """Results by the content of data, choices and code, in the project's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(locate().root / "build" / "cache"))
        yield
