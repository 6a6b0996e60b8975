"""Every public result shows itself in the Lab, and nothing in it is markup unless it is ours."""

import dataclasses
import inspect
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.models.results import rich_html

NOT_SHOWN = {
    "Proportion": "a name for numbers, not a result",
    "TitrationRule": "says what a rule must be able to do; the rules themselves are shown",
}
CLASSES = [name for name in models.__all__ if inspect.isclass(getattr(models, name))]


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_is_shown_or_listed_with_its_reason(name):
    assert hasattr(getattr(models, name), "_repr_html_") != (name in NOT_SHOWN)


FRESH = """
import inspect, re
from ldn_analysis import models
classes = set({classes!r})
for name in models.__all__:
    if name in classes:
        continue
    function = getattr(models, name)
    said = str(getattr(function, "__annotations__", {{}}).get("return", ""))
    for given in classes & set(re.findall(r"\\w+", said)):
        assert hasattr(function.__globals__[given], "_repr_html_"), (name, given)
"""


def test_what_a_function_returns_is_shown_though_nobody_named_its_class():
    shown = [name for name in CLASSES if name not in NOT_SHOWN]
    run = [sys.executable, "-c", FRESH.format(classes=shown)]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


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
        assert not attrs or dict(attrs).keys() <= {"scope"}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


EVIL = '<script>alert("1")</script> & <b>'


@pytest.mark.parametrize(
    "name",
    [n for n in CLASSES if getattr(getattr(models, n), "_repr_html_", None) is rich_html],
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
    posterior = models.posterior(y, v)
    results = [
        posterior.bayes_factor, models.leave_one_out(y, v), models.influence(y, v),
        models.shrunken(models.pool(y, v)),
        models.meta_regression(y, v, [1.0, 2.0, 3.0, 4.0]),
        models.correlation_evidence(0.5, 12), models.HalfNormal(0.5),
    ]  # fmt: skip
    for one in results:
        said = " ".join(Markup(one._repr_html_()).words)
        assert "object at 0x" not in said and "nan" not in said.split(), said
    factor = Markup(posterior.bayes_factor._repr_html_()).words
    assert factor[:4] == ["Bayes factor", "Tau zero", f"{posterior.bayes_factor.tau_zero:.4g}", "Mu zero"]
    assert factor[4] == "not available"
    fits = Markup(models.leave_one_out(y, v)._repr_html_()).words
    assert "Fits" in fits and "Full" in fits and "Pooled estimate" in fits
    many = rich_html(models.influence(np.linspace(-1, 1, 30), np.full(30, 0.1)))
    assert "(30 in all)" in many
