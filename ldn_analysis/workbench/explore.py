"""The multiverse by hand, in JupyterLab: pick a decision, and forest plot and ladder redraw.

``Explorer().widget`` is the whole of it. Everything shown is computed anew from the choices by the same
functions that the reports use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ldn_analysis import contrasts, evidence, html, models
from ldn_analysis.display.forest_plot import MEASURES, forest, intervals
from ldn_analysis.display.publish import figure_html, to_svg
from ldn_analysis.display.words import count, interval, number
from ldn_analysis.errors import NoEstimate
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions import multiverse
from ldn_analysis.questions.multiverse.pictures import KIND_NAME, _short
from ldn_analysis.questions.pain.analysis import BAYES_RUNG, rungs
from ldn_analysis.questions.pain.belief import MEAN_PRIOR, TAU_PRIOR
from ldn_analysis.workbench.explore_choices import choices, every_analysis

DEFAULT = "the default analysis"


class Explorer:
    """Controls and pictures of one specification.

    Parameters
    ----------
    ev : evidence.Evidence, optional
        Default: the project's data.
    mid, smd_mid : float
        Differences that matter, in points and standard deviations.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What a notebook shows.
    controls : dict
        The widget of each choice by name; ``controls["studies"]`` holds a checkbox for each study.
    """

    def __init__(self, ev: Evidence | None = None, *, mid: float = 1.0, smd_mid: float = 0.5) -> None:
        import ipywidgets as w

        self.ev = evidence.load() if ev is None else ev
        pain = every_analysis(self.ev)
        if pain is None:
            raise NoEstimate("no trial gives an estimate of pain: there is nothing to explore")
        self.pain = pain
        self.mid, self.smd_mid = mid, smd_mid
        self._quiet = False
        table = contrasts.derive(self.ev, "pain", "SMD", study_set="with_pilot").table
        by_study = table.drop_duplicates("study_id").set_index("study_id")
        self._base = by_study.loc[list(pain.mv.studies)].reset_index()
        self._starts = self._known_starts()
        self.controls: dict[str, Any] = {}
        self._view = {name: w.HTML() for name in ("summary", "forest", "ladder")}
        self.widget = self._laid_out(w)
        self.start(DEFAULT)

    def start(self, name: str) -> None:
        """Set every choice as in one of the known starting points, and redraw once."""
        spec = self.pain.mv.specification(self._starts[name])
        self.choose(**{n: o for n, o in spec.options.items() if n != "studies"}, studies=spec.studies)

    def choose(self, **options: Any) -> None:
        """Set some choices (``studies`` takes the names of those that are in), and redraw once."""
        self._quiet = True
        try:
            for name, value in options.items():
                if name == "studies":
                    for study, box in self.controls["studies"].items():
                        box.value = study in value
                else:
                    self.controls[name].value = value
        finally:
            self._quiet = False
        self.redraw()

    @property
    def options(self) -> dict[str, str]:
        """The option chosen of every choice but the studies."""
        return {name: box.value for name, box in self.controls.items() if name != "studies"}

    @property
    def studies(self) -> tuple[str, ...]:
        """The studies that are ticked."""
        return tuple(study for study, box in self.controls["studies"].items() if box.value)

    def redraw(self, *_: Any) -> None:
        """Compute and draw what the controls say."""
        if self._quiet:
            return
        at: tuple[Any, ...] = (slice(None), *self._position())
        y, v = self.pain.variants.yi[at], self.pain.variants.vi[at]
        ticked = np.array([s in self.studies for s in self.pain.mv.studies])
        usable = ticked & np.isfinite(y) & (v > 0)
        scale = self.options["measure"]
        measure, mid = ("MD", self.mid) if scale == "MD" else ("SMD", self.smd_mid)
        if not usable.any():
            self._say("No study that is ticked gives an estimate under these choices.", "")
            return
        method, inference = self.options["tau2_method"], self.options["inference"]
        if usable.sum() == 1:
            method, inference = "CE", "z"
        elif method == "CE" and inference.startswith("hksj"):
            self._say(
                "A Hartung-Knapp interval belongs to a random-effects model: choose a Wald interval with the "
                "common effect, or another estimator.",
                "",
            )
            return
        fit = models.pool(y[usable], v[usable], method, inference)
        kind, row = self._place_of(usable)
        reason = np.where(ticked, "not to be had under these choices", "left out")
        table = self._base.assign(
            yi=y, vi=v, se=np.sqrt(v), measure=measure, included=usable, exclusion_reason=reason
        )
        answer = interval(fit.estimate, *fit.ci)
        self._put(
            "forest",
            forest(table, fit, mid=mid),
            f"Forest plot of {count(fit.k, 'study', 'studies')}: pooled {answer}.",
        )
        data = y[usable], v[usable]
        belief = models.posterior(*data, tau_prior=TAU_PRIOR, mu_prior=MEAN_PRIOR)
        chosen = (self.options["tau2_method"], self.options["inference"])
        ladder = rungs(*data, chosen, {BAYES_RUNG: belief})
        means = zip(ladder["label"], ladder["estimate"].astype(float), strict=True)
        listed = "; ".join(f"{label} {number(mean)}" for label, mean in means)
        drawn = intervals(
            ladder, marked=list(ladder["chosen"]), mid=mid, xlabel=MEASURES[measure], head="Six ways"
        )
        self._put("ladder", drawn, f"The same data analysed in six ways: {listed}.")
        words = KIND_NAME[kind] if kind else "not one of the multiverse"
        self._say(f"{answer}, k = {fit.k}", f"{words}. {self._rank(kind, row, fit.estimate)}")

    # ---- what there is

    def _known_starts(self) -> dict[str, int]:
        """Specifications to start from: our own, and those that published results are compatible with."""
        starts = {DEFAULT: int(self.pain.reference)}
        for published in multiverse.reconcile(self.ev, self.pain):
            if published.within and published.path:
                name = f"compatible with {published.label}, {published.measure}"
                starts[name] = published.path.steps[-1].row
        return starts

    # ---- what the controls say

    def _position(self) -> list[int]:
        """Option of each choice that makes the data, in the order of the axes."""
        mv = self.pain.mv
        return [mv.choices[mv.column(n)].index(self.options[n]) for n, _ in self.pain.variants.axes]

    def _place_of(self, usable: np.ndarray) -> tuple[str, int]:
        """Kind and row of what is shown: each choice at its lowest option that gives the same numbers."""
        mv, grid, position = self.pain.mv, self.pain.variants, self._position()

        def numbers(at: list[int]) -> tuple[np.ndarray, np.ndarray]:
            where: tuple[Any, ...] = (usable, *at)
            return grid.yi[where], grid.vi[where]

        now = numbers(position)
        for axis, chosen in enumerate(position):
            for lower in range(chosen):
                tried = [*position[:axis], lower, *position[axis + 1 :]]
                if all(np.array_equal(a, b) for a, b in zip(numbers(tried), now, strict=True)):
                    position = tried
                    break
        single = usable.sum() == 1
        methods = [
            0 if single else mv.choices[mv.column(n)].index(self.options[n])
            for n in ("tau2_method", "inference")
        ]
        place = mv.place([s for s, there in zip(mv.studies, usable, strict=True) if there])
        row = int(mv.find_codes(np.array([[*position, place, *methods]]))[0])
        return (list(KIND_NAME)[int(mv.kind[row])], row) if row >= 0 else ("", -1)

    # ---- what is shown

    def _rank(self, kind: str, row: int, estimate: float) -> str:
        """Where the estimate stands among all analyses of its kind on its scale, in words."""
        if row < 0:
            return "Estimator and interval in this combination are not part of the multiverse."
        mv = self.pain.mv
        kin = mv.estimate[mv.where(kind=kind, scale=self.options["measure"])]
        return f"Its place: {(kin <= estimate + 1e-12).sum():,} of {len(kin):,} from the lowest estimate."

    def _put(self, name: str, figure: Any, alt: str) -> None:
        self._view[name].value = figure_html(to_svg(figure, name), None, alt, name, None)

    def _say(self, first: str, rest: str) -> None:
        """The line above the pictures; without `rest`, it is why there are none."""
        if not rest:
            for name in ("forest", "ladder"):
                self._view[name].value = ""
        look = {"class_": "ldn-explore", "role": "status", "style": "margin:.3rem 0;line-height:1.4"}
        line = html.element("p", html.element("strong", first), html.element("br"), rest, **look)
        self._view["summary"].value = html.finished(line)

    def _laid_out(self, w: Any) -> Any:
        """All controls on the left, all pictures on the right."""
        mv = self.pain.mv
        listed = {f"{c['name']}:{c['study']}".rstrip(":"): c["options"] for c in choices(self.ev, mv.choices)}
        wide = w.Layout(width="auto")
        narrow = {"description_width": "11.5rem"}
        labels: Mapping[str, str] = dict(zip(mv.studies, self.pain.variants.labels, strict=True))
        boxes = []
        for choice in mv.choices:
            if choice.name == "studies":
                ticks = {
                    s: w.Checkbox(value=True, description=labels[s], indent=False, layout=wide)
                    for s in mv.studies
                }
                self.controls["studies"] = ticks
                boxes += [w.HTML(html.finished(html.element("strong", "studies"))), *ticks.values()]
                continue
            options = listed[choice.name]
            shown = [(option["shown"], option["value"]) for option in options]
            title = next(
                (choice.title.replace(n, _short(n)) for n in labels.values() if n in choice.title),
                choice.title,
            )
            box = w.Dropdown(options=shown, description=title, style=narrow, layout=wide)
            reasons = {o["value"]: f"{o['kind'].capitalize()}. {o['reason']}".strip() for o in options}
            why = w.HTML(layout=w.Layout(width="auto"))

            def say(_: Any = None, *, box: Any = box, why: Any = why, reasons: Any = reasons) -> None:
                why.value = html.finished(html.element("small", reasons[box.value]))

            box.tooltip = choice.title
            box.observe(say, names="value")
            say()
            self.controls[choice.name] = box
            boxes += [box, why]
        starts = w.Dropdown(options=list(self._starts), description="start from", style=narrow, layout=wide)
        starts.observe(lambda change: self.start(change["new"]), names="value")
        single = [box for name, box in self.controls.items() if name != "studies"]
        for box in [*single, *self.controls["studies"].values()]:
            box.observe(self.redraw, names="value")
        left = w.VBox([starts, *boxes], layout=w.Layout(width="28rem", flex="0 0 auto"))
        right = w.VBox(list(self._view.values()), layout=w.Layout(flex="1 1 30rem"))
        return w.HBox([left, right], layout=w.Layout(flex_flow="row wrap"))
