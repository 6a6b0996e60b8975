"""``reports/explore.html``: the analysis of pain in one file that needs neither Python nor a network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ldn_analysis import display, evidence
from ldn_analysis.display.forest_plot import MEASURES
from ldn_analysis.display.publish import image_uri
from ldn_analysis.display.words import minus_signs
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.loading import data_folder
from ldn_analysis.evidence.vocabulary import READINGS
from ldn_analysis.files import write
from ldn_analysis.models import LogStudent
from ldn_analysis.questions.multiverse import declared_choices
from ldn_analysis.questions.multiverse.parameters import Multiverse
from ldn_analysis.questions.pain.analysis import analyse
from ldn_analysis.questions.pain.belief import MEAN_PRIOR, PUBLISHED, TAU_PRIOR, TAU_PRIORS, published_prior
from ldn_analysis.questions.pain.pictures import forest
from ldn_analysis.questions.pain.tables import LADDER_NOTES
from ldn_analysis.questions.parameters import Analysis
from ldn_analysis.questions.typed import Parameters
from ldn_analysis.render.explore import PAGE
from ldn_analysis.render.offline import offline
from ldn_analysis.render.project import Project, read_scenarios
from ldn_analysis.render.recorded import NOT_ADVICE
from ldn_analysis.render.templates import TEMPLATES, fill
from ldn_analysis.workbench import explore_choices, explore_form, explore_words

__all__ = ["LARGEST", "PAGE", "known", "make_page", "write_page"]


SCRIPTS = ("numbers", "core", "page")
"""The page's scripts, in order: what the package computes, what it says of that, and the page itself."""
LARGEST = 600_000
"""Bytes that the page may have."""
HOW_READ = (
    "How values reached us: abstracts alone, also full texts that we read, also others' transcriptions, all."
)
NUMBERS: dict[str, tuple[type[Parameters], str]] = {
    "level": (Analysis, "level of intervals (0.95 for 95%)"),
    "mid": (Analysis, "difference that matters, points of 0 to 10"),
    "smd_mid": (Multiverse, "standardised difference that matters, SD"),
}
"""Numbers that are typed: where each is declared, and what it is called."""
MARK = 1.37
"""A number that occurs nowhere else in the words of a prior."""


def known(ev: Evidence, correlations: tuple[str, ...] = (), folder: Path | None = None) -> dict[str, Any]:
    """Everything that the page knows, as plain data.

    Parameters
    ----------
    ev
        The evidence.
    correlations
        Of a crossover's conditions, to choose from besides the steps of the slider.
    folder
        Where the evidence was read; None: where `evidence.load` reads by itself.
    """
    steps = sorted({*explore_choices.CORRELATIONS, *correlations}, key=float)
    pain = explore_choices.every_analysis(ev)
    curves = explore_choices.curves(ev, pain)
    first = {name: choice.options[0] for name, choice in declared_choices(ev).items()}
    analysis, declared = Analysis.defaults(), Multiverse.defaults()
    trials = explore_choices.trials(ev, pain, tuple(steps))
    prior = next(name for name, tau_prior in TAU_PRIORS.items() if tau_prior == TAU_PRIOR)
    tau_priors = TAU_PRIORS | {PUBLISHED: published_prior()}
    priors = {name: _prior(tau_prior) for name, tau_prior in tau_priors.items()}
    lists = [*curves.pop("choices"), *_other_lists(priors)]
    choices = [explore_choices.placed(choice, steps) for choice in lists]
    return {
        **trials,
        **curves,
        "choices": choices,
        "own": explore_choices.OWN,
        "missing": trials["reasons"].index(explore_choices.NOT_TO_BE_HAD),
        "correlations": steps,
        "slider": _start(steps, choices),
        "first": first,
        "numbers": [
            {"name": name, "title": title} | dict(zip(("low", "high"), _limits(cls, name), strict=True))
            for name, (cls, title) in NUMBERS.items()
        ],
        "defaults": {
            **{choice["key"]: first[choice["name"]] for choice in choices if choice["study"]},
            **{name: first[name] for name in ("time", "contrast", "crossover_r")},
            **{
                name: analysis[name]
                for name in ("measure", "tau2_method", "inference", "level", "mid", "reading")
            },
            "smd_mid": declared["smd_mid"],
            "prior": prior,
        },
        "as_of": _limits(Analysis, "as_of"),
        "priors": priors,
        "mean_prior": {"mean": MEAN_PRIOR.mean, "sd": MEAN_PRIOR.sd, "words": str(MEAN_PRIOR)},
        "axes": MEASURES,
        "reviews": explore_choices.reviews(ev),
        "sentences": explore_words.pooled_sentences(),
        "words": explore_words.small_words(),
        "form": explore_form.form(ev, data_folder(folder)),
    }


def _other_lists(priors: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is chosen besides the decisions of the multiverse: nothing here is defensible or an error."""
    of_mean = f"Prior of the mean: {MEAN_PRIOR}."
    of_priors = {name: f"{of_mean} {prior.get('source', '')}".strip() for name, prior in priors.items()}
    lists = (
        ("reading", "values read from", dict.fromkeys(reversed(READINGS), HOW_READ)),
        ("prior", "prior of τ, for the Bayesian row", of_priors),
    )

    def option(value: str, reason: str) -> dict[str, str]:
        return {"value": value, "kind": "", "label": value, "reason": reason, "shown": value}

    return [
        {"name": name, "study": "", "title": title, "options": [option(*pair) for pair in reasons.items()]}
        for name, title, reasons in lists
    ]


def _start(steps: Sequence[str], choices: Sequence[Mapping[str, Any]]) -> int:
    """Where the slider of correlations stands at first: the first from a half on that no option names."""
    named = {o["value"] for choice in choices if choice["key"] == "crossover_r" for o in choice["options"]}
    return next(i for i, r in enumerate(steps) if float(r) >= 0.5 and r not in named)


def _limits(cls: type[Parameters], name: str) -> list[float]:
    """Smallest and largest value of a parameter."""
    metadata = cls.__dataclass_fields__[name].metadata
    return [metadata["low"], metadata["high"]]


def _prior(prior: Any) -> dict[str, Any]:
    """A prior of tau as the page computes with it."""
    described = {"kind": type(prior).__name__, **asdict(prior), "words": minus_signs(str(prior))}
    if isinstance(prior, LogStudent):
        in_points = str(replace(prior, sd=MARK)).replace(f"{MARK:.2f}", "{sd}")
        described |= {"inPoints": minus_signs(in_points), "source": LADDER_NOTES[-1]}
    return described


def make_page(ev: Evidence, data: Mapping[str, Any], fingerprint: str = "", other_data: str = "") -> str:
    """The page as HTML, with what it knows (`known`).

    Raises
    ------
    RenderError
        It would fetch something, or is larger than `LARGEST`.
    """
    result = analyse(ev, Analysis())
    picture = forest(result) if result.fit else None
    drawn = display.to_svg(picture["figure"], "explore") if picture else ""
    computed = {name: value for name, value in data.items() if name not in ("unusable", "slider")}
    text = json.dumps(computed, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    html = fill(
        "explore",
        own_style=_file("explore.css"),
        known=data,
        not_advice=NOT_ADVICE,
        other_data=other_data,
        fingerprint=fingerprint,
        version=str(ev.data_version),
        date=str(ev.data_date or ""),
        data=text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
        scripts=[_file(f"explore.{name}.js") for name in SCRIPTS],
        picture=image_uri({"image/svg+xml": drawn}),
        alt=picture["alt"] if picture else "",
    )
    return offline(PAGE, html, LARGEST)


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _mark(shared: Mapping[str, str]) -> str:
    """What the page was made from: it is made anew where that differs."""
    return " ".join(shared[name] for name in sorted(shared))


def is_current(project: Project, shared: Mapping[str, str]) -> bool:
    """Whether the page was made from data and code with just these hashes (as for `write_page`)."""
    try:
        with (project.reports / PAGE).open(encoding="utf-8") as file:
            return f'content="{_mark(shared)}"' in file.read(4096)
    except (OSError, ValueError):
        return False


def write_page(project: Project, shared: Mapping[str, str]) -> None:
    """Make the page anew.

    Parameters
    ----------
    project
        Whose data, and where it goes.
    shared
        Hashes of package, data, lock and Python (`render.planning.parts`).
    """
    ev = evidence.load(project.data)
    other = "" if project.own_data else project.data.name
    # with those that scenarios name, so that a link from their reports finds them
    correlations = (scenario.values.get("crossover_r") for scenario in read_scenarios(project).values())
    named = tuple(f"{r:g}" for r in correlations if r is not None)
    page = make_page(ev, known(ev, named, project.data), _mark(shared), other)
    write(project.reports / PAGE, page)
