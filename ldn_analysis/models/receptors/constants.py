"""Where the constants disagree: binding in a dish against PET, and TLR4 against what plasma reaches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ldn_analysis.errors import positive, within
from ldn_analysis.models.receptors.inputs import OccupancyInputs, Uncertain, draw_inputs, plasma_curves

#: g/mol, C20H23NO4 (free base).
MOLAR_MASS_NALTREXONE = 341.4
_DRAWS = 4000


def binding_conflict(
    inputs: OccupancyInputs,
    ki_nm: npt.ArrayLike,
    *,
    fraction_unbound: float,
    dose_mg: npt.ArrayLike = (1.5, 3.0, 4.5, 6.0),
    n_draws: int = 1000,
    seed: int = 20260101,
) -> pd.DataFrame:
    """Occupancy that unbound plasma naltrexone and a Ki would predict, beside what PET says, at the scan.

    Parameters
    ----------
    ki_nm : array, shape (K,)
        Published affinities, nM.
    fraction_unbound : 0 to 1
        Share of naltrexone in plasma that is not bound to protein; the brain is taken to see it in full.
    dose_mg : array
        Single doses.

    Returns
    -------
    DataFrame
        A row for each dose and account: ``dose_mg``, ``basis`` ("PET" or "Ki ... nM"), ``occupancy_percent``
        with ``lower`` and ``upper`` (95%), ``ed50_mg`` (dose of half occupancy on that account, with limits)
        and ``potency_ratio`` (PET's ED50 over it: 1 would be agreement).

    Notes
    -----
    PET occupancy is taken as dose / (dose + ED50), the form that was fitted. The two differ for reasons that
    the data cannot separate: entry into the brain, competition with endogenous opioids, assay conditions.
    """
    affinities, doses = np.atleast_1d(positive("ki_nm", ki_nm)), np.atleast_1d(positive("dose_mg", dose_mg))
    drawn = draw_inputs(inputs, n_draws, seed)
    parent, _ = plasma_curves(inputs, drawn)
    within("fraction_unbound", fraction_unbound, 0, 1, "(]")
    free_nm = parent.at(drawn["scan_h"][:, None])[:, 0] * fraction_unbound * 1000 / MOLAR_MASS_NALTREXONE
    limits = [0.5, 0.025, 0.975]
    pet = inputs.ed50_mg.quantile(limits)  # one published quantity: nothing to simulate
    accounts = {f"Ki {ki:g} nM": ki / free_nm for ki in affinities}
    rows: list[tuple[object, ...]] = []
    for dose in doses:
        rows.append((dose, "PET", *(100 * dose / (dose + pet[[0, 2, 1]])), *pet, 1.0))
        for basis, ed50 in accounts.items():
            share = np.quantile(100 * dose / (dose + ed50), limits)
            ratio = float(np.median(drawn["ed50_mg"] / ed50))
            rows.append((dose, basis, *share, *np.quantile(ed50, limits), ratio))
    names = ["dose_mg", "basis", "occupancy_percent", "lower", "upper"]
    return pd.DataFrame(rows, columns=[*names, "ed50_mg", "ed50_lower", "ed50_upper", "potency_ratio"])


def concentration_margin(
    dose_mg: float,
    *,
    peak_ng_ml: Uncertain,
    peak_dose_mg: float,
    fraction_unbound: float,
    target_um: Uncertain,
    seed: int = 20260101,
) -> tuple[float, float, float]:
    """How far the peak of unbound drug in plasma lies below a half-maximal concentration (TLR4).

    Assumed is that the peak scales in proportion to dose and that only unbound drug acts, at its plasma
    concentration.

    Parameters
    ----------
    dose_mg : float
    peak_ng_ml, peak_dose_mg
        Peak plasma concentration and the dose that it was measured at: scaled in proportion.
    fraction_unbound : 0 to 1
    target_um : Uncertain
        Half-maximal concentration, micromolar.

    Returns
    -------
    (median, lower, upper)
        ``log10(target / free peak)`` with 95% limits over the draws: positive where plasma stays below.
    """
    positive("dose_mg", dose_mg)
    within("fraction_unbound", fraction_unbound, 0, 1, "(]")
    rng = np.random.default_rng(seed)
    peak = peak_ng_ml.draw(rng, _DRAWS) * dose_mg / float(positive("peak_dose_mg", peak_dose_mg))
    free = peak * fraction_unbound * 1000 / MOLAR_MASS_NALTREXONE
    target = target_um.draw(rng, _DRAWS) * 1000
    median, lower, upper = np.quantile(np.log10(target / free), [0.5, 0.025, 0.975])
    return float(median), float(lower), float(upper)
