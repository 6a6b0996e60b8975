"""Every public result shows itself in the Lab, and nothing in it is markup unless it is ours."""

import dataclasses
import inspect
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ldn_analysis import models
from ldn_analysis.models.results import Result

NOT_SHOWN = {
    "NoSequence": "an error, not a result",
    "NumberNeeded": "a name for numbers, not a result",
    "Proportion": "a name for numbers, not a result",
    "TitrationRule": "says what a rule must be able to do; the rules themselves are shown",
}
CLASSES = [name for name in models.__all__ if inspect.isclass(getattr(models, name))]


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_is_shown_or_listed_with_its_reason(name):
    assert hasattr(getattr(models, name), "_repr_html_") != (name in NOT_SHOWN)


def test_no_file_or_shelf_has_the_name_of_something_public():
    """Importing the file would put the module in its place."""
    room = Path(models.__file__).parent
    files = {path.stem for path in room.rglob("*.py")} | {
        path.name for path in room.iterdir() if path.is_dir()
    }
    assert not files & set(models.__all__)


def test_every_public_name_is_listed_once():
    assert len(models.__all__) == len(set(models.__all__))


class Markup(HTMLParser):
    """The tags of a text, each checked to be closed in its turn."""

    ALLOWED = re.compile(r"table|caption|thead|tbody|tr|th|td|ul|li|details|summary|p")

    def __init__(self, text):
        super().__init__()
        self.open, self.words = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert self.ALLOWED.fullmatch(tag)
        assert dict(attrs).keys() <= {"scope", "data-head"}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


EVIL = '<script>alert("1")</script> & <b>'


@pytest.mark.parametrize(
    "name",
    [n for n in CLASSES if getattr(getattr(models, n), "_repr_html_", None) is Result._repr_html_],
)
@pytest.mark.parametrize(
    "value", [EVIL, (EVIL, EVIL), {EVIL: [EVIL]}, [EVIL] * 20], ids=["text", "pair", "map", "list"]
)
def test_text_in_any_field_stays_text(name, value):
    one = object.__new__(getattr(models, name))
    for field in dataclasses.fields(one):
        object.__setattr__(one, field.name, value)
    said = " ".join(Markup(one._repr_html_()).words)
    assert EVIL in said or not dataclasses.fields(one)


def test_real_results_say_what_they_hold():
    y, v = np.array([-0.5, -0.3, 0.5, np.float64(0.1)]), np.array([0.05, 0.09, 0.17, 0.1])
    results = [
        models.leave_one_out(y, v),
        models.meta_regression(y, v, [1.0, 2.0, 3.0, 4.0]),
        models.correlation_evidence(0.5, 12), models.HalfNormal(0.5),
    ]  # fmt: skip
    for one in results:
        said = " ".join(Markup(one._repr_html_()).words)
        assert "object at 0x" not in said and "nan" not in said.split(), said
    fits = Markup(models.leave_one_out(y, v)._repr_html_()).words
    assert "Fits" in fits and "Full" in fits and "Pooled estimate" in fits
    many = models.leave_one_out(np.linspace(-1, 1, 30), np.full(30, 0.1))
    assert "(30 in all)" in many._repr_html_()


def big_results():
    y, v = np.linspace(-1, 1, 40), np.full(40, 0.1)
    return [
        models.posterior(y, v), models.posterior(y, v).mu, models.posterior(y, v).tau,
        models.pool(y, v), models.pool_many(np.tile(y, (5, 1)), np.tile(v, (5, 1))),
        models.leave_one_out(y, v), models.cumulative(y, v), models.meta_regression(y, v, np.arange(40.0)),
        models.bayesian_emax(np.full(40, 3.0), y, v), models.correlation_evidence(0.5, 12),
        models.virtual_patients(np.full(9, 8.0), np.full(9, 3.0), np.full(9, 2.0)),
        models.reconstruct_up_and_down(draws=64),
    ]  # fmt: skip


def test_no_result_fills_the_screen():
    for one in big_results():
        assert isinstance(one, Result)
        assert type(one).__name__ in repr(one) and len(repr(one)) < 2500, (type(one), len(repr(one)))
        assert len(one._repr_html_()) < 20_000
    posterior = models.posterior([-0.5, 0.1, 0.3], [0.1, 0.2, 0.1])
    assert len(repr(posterior)) < 1500
    assert "tau_prior=HalfNormal(sd=0.5)" in repr(posterior)


def test_a_short_repr_rounds_at_any_depth_and_says_no_type_of_numpy():
    @dataclasses.dataclass(frozen=True, repr=False)
    class Mixed(Result):
        values: object

    def short(values):
        return repr(Mixed(values)).removeprefix("Mixed(values=").removesuffix(")")

    assert short(np.array([1, 2])) == "[1, 2]" and short(np.int64(3)) == "3"
    assert short(np.array([True, False])) == "[True, False]" and short(np.array(["x"])) == "['x']"
    assert short(((0.123456789, 0.2), [np.array([1.0, 2.5])])) == "[[0.123457, 0.2], [[1, 2.5]]]"
    assert short({"a": 1.23456789, "b": ()}) == "{'a': 1.23457, 'b': []}"
    assert short(pd.Series([1, 2])) == "<Series of 2>"
    assert "np." not in " ".join(map(repr, big_results()))
