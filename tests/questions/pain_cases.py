"""Analyses of pain on made-up data and other choices, and what plain sums make of their trials' estimates."""

import math
import os

import made_up
from plain_sums import critical, pooled
from scipy import optimize
from test_questions_oracle import der_simonian_laird, reml

from ldn_analysis.questions import pain
from ldn_analysis.questions.pain.parameters import Pain

FEW = [
    ("none, open", {}),
    ("one", {}),
    ("one, crossover", {"level": 0.9}),
    ("one, doses", {}),
    ("two, opposite", {}),
    ("two, crossovers", {"mid": 0.5}),
    ("two, conditions", {"crossover_r": 0.5}),
    ("three, one very wide", {}),
    ("three, apart", {}),
    ("three, means", {"measure": "SMD", "level": 0.9}),
    ("three, doses", {"inference": "z", "tau2_method": "DL"}),
    ("three, equal", {}),
    ("eight, strong", {"mid": 0.5, "inference": "t"}),
    ("eight, crossovers", {"inference": "hksj_modified"}),
    ("fifteen, long labels", {"tau2_method": "PM", "level": 0.8}),
    ("eight, strong", {"measure": "SMD"}),
    ("worse", {}),
]  # fmt: skip
CASES = FEW
if os.environ.get("LDN_TESTS") == "thorough":
    other = ({"measure": "SMD"}, {"level": 0.9, "mid": 0.3})
    CASES = [*FEW, *((name, choices) for name in made_up.names() for choices in ({}, *other))]


def tau2_by(method, y, v):
    if method == "CE" or len(y) < 2:
        return 0.0
    if method == "DL":
        return der_simonian_laird(y, v)
    if method == "PM":

        def over(tau2):
            w = 1 / (v + tau2)
            return float(w @ (y - w @ y / w.sum()) ** 2) - (len(y) - 1)

        return 0.0 if over(0.0) <= 0 else float(optimize.brentq(over, 0.0, 1e3, xtol=1e-12))
    return reml(y, v)


class Case:
    """One analysis, its trials' estimates, and what plain sums make of them."""

    def __init__(self, ev, choices):
        self.result = pain.analyse(ev, Pain(**choices))
        self.choices, self.level = self.result.choices, self.result.choices.level
        used = self.result.table[self.result.table["included"].astype(bool)]
        self.used, self.k = used, len(used)
        self.y, self.v = (used[c].to_numpy(dtype=float) for c in ("yi", "vi"))
        self.df = used["df"].to_numpy(dtype=float)
        self.mid = self.choices.mid if self.choices.measure == "MD" else None
        self.people = int(used["people"].sum())
        self.tau2 = tau2_by(self.choices.tau2_method, self.y, self.v) if self.k else math.nan
        self.own = [self._limits(row) for row in used.to_dict("records")]

    def _limits(self, row):
        printed = float(row["printed_lower"]), float(row["printed_upper"])
        if self.level == 0.95 and all(map(math.isfinite, printed)):
            return printed
        half = critical(self.level, float(row["df"])) * math.sqrt(row["vi"])
        return row["yi"] - half, row["yi"] + half

    def pool(self, kept=None):
        """Mean and limits of some of the trials by the chosen method."""
        at = slice(None) if kept is None else kept
        y, v, df = self.y[at], self.v[at], self.df[at]
        tau2 = tau2_by(self.choices.tau2_method, y, v)
        return pooled(y, v, tau2, self.choices.inference, self.level, float(df[0]))


def holds(verdict, low, high, mid, k):
    """Whether an interval allows a verdict: each kind of sentence with its own condition."""
    size = f"{mid:g} point{'' if mid == 1 else 's'}" if mid else ""
    show = "One trial shows" if k == 1 else "The trials show"
    far, near = bool(mid and low <= -mid), bool(mid and high >= mid)
    zero = bool(mid) and low <= 0 <= high
    said = {
        f"{show} relief that matters ({size} or more)": mid and high <= -mid,
        f"{show} relief; whether it matters ({size}) is open": mid and low <= -mid < high < 0,
        f"{show} relief, probably less than matters ({size})": mid and -mid < low and high < 0,
        f"Relief that matters ({size}) and no relief are both possible": zero and far and not near,
        f"A difference that matters ({size}) is unlikely; a smaller one is possible":
            zero and not far and not near,
        f"We do not know whether LDN helps; {size} better or worse is possible":
            zero and far and near,
        f"Worsening that matters ({size}) and none are both possible": zero and not far and near,
        f"{show} worsening, probably less than matters ({size})": mid and low > 0 and high < mid,
        f"{show} worsening; whether it matters ({size}) is open": mid and 0 < low < mid <= high,
        f"{show} worsening that matters ({size} or more)": mid and low >= mid,
        "We do not know whether LDN helps: more and less pain are both possible":
            not mid and low <= 0 <= high,
        f"{show} less pain; whether by as much as matters is open": not mid and high < 0,
        f"{show} more pain; whether by as much as matters is open": not mid and low > 0,
    }  # fmt: skip
    assert verdict in said, verdict
    return bool(said[verdict])
