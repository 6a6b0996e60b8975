"""What the tests of explore.html share: the page knows the same in all of them."""

import pytest

from ldn_analysis import evidence
from ldn_analysis.cache import FOLDER
from ldn_analysis.render.project import locate
from ldn_analysis.workbench import explore_page


@pytest.fixture(scope="session")
def explore_known():
    """What the page knows; what takes seconds is kept from one run to the next, as a render keeps it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(locate().root / "build" / "cache"))
        return explore_page.known(evidence.load())
