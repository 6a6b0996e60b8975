"""The one dose-finding study: what its report can mean, under which assumptions, and beside placebo alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ldn_analysis import models
from ldn_analysis.evidence import Evidence

STUDY = "bruunplesner2020"
PUBLISHED = ("ED50 symptom response", "ED95 symptom response")
_RARE_START = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class DoseFinding:
    """The reconstruction, the same with a ceiling of certain response, and what placebo alone would give.

    `inputs` are the rows of the data that it rests on.
    """

    report: models.Report
    inputs: tuple[str, ...]
    base: models.Reconstruction
    ceiling_one: models.Reconstruction
    placebo: models.PlaceboOnly

    def table(self) -> pd.DataFrame:
        """One row an account: medians, 95% intervals, the share of ED95 above the doses tried or nowhere, and
        the simulation error of each."""
        return _table(
            {"largest response unknown": self.base, "everyone responds at some dose": self.ceiling_one}
        )

    def assumptions(self) -> pd.DataFrame:
        """The same columns with one assumption changed at a time: ``account assumption ...``."""
        base, levels = self.base, self.report.levels()

        def again(report: models.Report | None = None, factor: float = 1.0, **prior: Any) -> Any:
            as_before = {"tolerance": base.tolerance, "draws": base.weights.size, "seed": base.seed}
            how: dict[str, Any] = {"prior": replace(base.prior, **prior), "factor": factor, **as_before}
            with suppress(models.NoSequence):  # an assumption under which nothing fits has no row
                return models.reconstruct_up_and_down(report or self.report, **how)
            return None

        fitted = replace(self.report, ed50_estimator="logistic", ed95_estimator="logistic")
        curves = {
            "as assumed (largest response unknown)": base,
            "everyone responds at some dose": self.ceiling_one,
            "nobody responds without the drug": again(floor=(0.0, 0.0)),
            "logistic in the logarithm of the dose": again(log_dose=True),
            "middle of the rise up to 20 mg": again(midpoint=(0.2, 20.0)),
            "three times as steep": again(slope_median=3 * base.prior.slope_median),
            "three times as shallow": again(slope_median=base.prior.slope_median / 3),
        }
        reports = {
            "ED50 by isotonic regression": again(replace(self.report, ed50_estimator="isotonic")),
            "ED50 and ED95 by a logistic curve": again(fitted),
            "tolerances times 0.75": again(factor=0.75),
            "tolerances times 2": again(factor=2.0),
        }
        starts = {
            f"{levels[i]:g} mg (probability {p:.2f})": base.started_at(i)
            for i, p in enumerate(base.start_probability)
            if p >= _RARE_START
        }
        groups = {"curve": curves, "report": reports, "first dose": starts}
        return pd.concat(
            [
                _table(fits).assign(assumption=name)
                for name, group in groups.items()
                if (fits := {account: fit for account, fit in group.items() if fit is not None})
            ]
        )


def _table(accounts: Mapping[str, models.Reconstruction]) -> pd.DataFrame:
    rows = []
    for account, fit in accounts.items():
        report, row = fit.report, {"account": account, "ed50": float(fit.quantile("ed50", 0.5)[0])}
        for dose in ("ed50", "ed95"):
            row[f"{dose}_lower"], row[f"{dose}_upper"] = fit.interval(dose)
            before = fit.prior_quantile(dose, [0.025, 0.975]).tolist()
            row[f"prior_{dose}_lower"], row[f"prior_{dose}_upper"] = before
        share, error = fit.share("ed95", report.highest)
        row |= {"beyond_percent": 100 * share, "beyond_error": 100 * error, "highest": report.highest}
        row |= {"prior_beyond_percent": 100 * fit.prior_share("ed95", report.highest)}
        row |= {"compatible": fit.compatible, "listed": fit.listed, "published_ed50": report.ed50}
        row |= {"pairs": report.pairs, "pairs_mean": report.pairs_mean, "people": report.n}
        rows.append(row | {"ed50_error": fit.monte_carlo_error("ed50", 0.025, 0.5, 0.975)})
    return pd.DataFrame(rows)


def _printed(ev: Evidence) -> pd.DataFrame:
    """The estimates of the up-and-down study: other studies may print theirs of the same quantities."""
    table, study = ev.pharmacology, ev.studies[ev.studies["study_id"] == STUDY]
    return table[table["quantity"].isin(PUBLISHED) & table["source"].isin(study["doi"])]


def published_dose_finding(ev: Evidence) -> models.Report | None:
    """What the up-and-down study reported, from the data; None if it, its counts or doses are not there.

    How its estimates were computed is assumed (`models.Report`).
    """
    drug = _printed(ev).set_index("quantity")["value"]
    counts = ev.events[ev.events["study_id"] == STUDY]
    study = ev.studies[ev.studies["study_id"] == STUDY]
    if study.empty or counts.empty or not set(PUBLISHED) <= set(drug.index):
        return None
    return models.Report(
        n=int(counts["n"].iloc[0]),
        responders=int(counts["events"].iloc[0]),
        ed50=float(drug[PUBLISHED[0]]),
        ed95=float(drug[PUBLISHED[1]]),
        lowest=float(study["dose_min_mg"].iloc[0]),
        highest=float(study["dose_max_mg"].iloc[0]),
    )


def dose_finding(
    ev: Evidence,
    *,
    draws: int = 32_768,
    tolerance_ed50: float = 0.2,
    tolerance_ed95: float = 0.4,
    seed: int = 1,
) -> DoseFinding | None:
    """Reconstruct the up-and-down study under stated tolerances (mg), also with a ceiling of certain
    response, and ask what placebo alone would give. None where the study was not yet published, or where no
    sequence of responses fits its report."""
    report = published_dose_finding(ev)
    if report is None:
        return None
    settings: dict[str, Any] = {
        "tolerance": models.Tolerance(ed50=tolerance_ed50, ed95=tolerance_ed95),
        "draws": draws,
        "seed": seed,
    }
    try:
        base = models.reconstruct_up_and_down(report, **settings)
    except models.NoSequence:
        return None
    certain = replace(base.prior, ceiling=(1.0, 1.0))
    sure = models.reconstruct_up_and_down(report, prior=certain, **settings)
    rows = _printed(ev)["pharmacology_id"]
    counts = ev.events.loc[ev.events["study_id"] == STUDY, "event_id"]
    inputs = (*rows, *counts, STUDY)
    return DoseFinding(report, inputs, base, sure, models.placebo_only_probability(base))
