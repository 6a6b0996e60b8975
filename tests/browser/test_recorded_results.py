"""A change of the code that is not meant to change a result changes none, in any report."""

import json

from ldn_analysis.refresh import RECORDED, recorded
from ldn_analysis.render.changes import same

MEANT = "if this is meant: python -m ldn_analysis.refresh results"


def test_every_report_records_what_it_did(reports):
    """To nine digits: the last ones may differ between two builds of a library."""
    before, now = json.loads(RECORDED.read_text(encoding="utf-8")), recorded(reports)
    assert {stem: list(own) for stem, own in now.items()} == {
        stem: list(own) for stem, own in before.items()
    }, MEANT
    differ = {
        f"{stem}: {name}": (before[stem][name], values)
        for stem, own in now.items()
        for name, values in own.items()
        if not all(map(same, before[stem][name], values))
    }
    assert not differ, MEANT
