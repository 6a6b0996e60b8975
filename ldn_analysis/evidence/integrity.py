"""Do the reported statistics fit together? One small pure function a check.

Each check takes numbers and returns a sentence that says what does not fit, or an empty string. Printed
numbers are rounded: a `Printed` carries half a unit of its last digit, and a check speaks up only when no
numbers that round to those printed would fit. A missing value (NaN) silences a check. None changes a value.

What the checks look for is what goes wrong when trials are extracted: Cochrane Handbook 6.5.2 (standard
errors read as standard deviations), and what metafor warns of (``escalc``: large standardised differences;
``conv.wald``: estimates that are not in the middle of their interval).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

LDN_RANGE_MG = (0.75, 6.0)  # daily doses that the dose-finding study and the trials call low
FIRST_MG = 0.25  # with which a dose that rises may begin: our limit (one chart review names 0.1 mg)
LARGE = 1.5  # rarely exceeded by a true difference; an SE read as an SD multiplies it by sqrt(n)
RARE = 3.29  # standard errors that one in a thousand passes, to either side
Z90, Z95 = 1.6448536269514722, 1.959963984540054


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed: its value and half a unit of its last printed digit (NaN: not given)."""

    value: float
    half: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Printed:
        """From the text of a cell: ``"-0.60"`` is -0.60 with half a unit of 0.005; empty is not given."""
        if not text.strip():
            return cls(math.nan)
        mantissa, _, exponent = text.strip().lower().partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
        return cls(float(text), 0.5 * 10.0**-decimals)

    @property
    def missing(self) -> bool:
        """Whether there is no value."""
        return math.isnan(self.value)

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest number that print like this."""
        return self.value - self.half, self.value + self.half


def _apart(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether two ranges have no number in common, beyond the error of arithmetic."""
    return a[1] < b[0] - 1e-9 or b[1] < a[0] - 1e-9


def _any_missing(*numbers: Printed) -> bool:
    return any(number.missing for number in numbers)


def estimate_mid_interval(estimate: Printed, lower: Printed, upper: Printed, *, ratio: bool = False) -> str:
    """An estimate lies in the middle of its interval: of the limits, or of their logarithms for a ratio."""
    if _any_missing(estimate, lower, upper):
        return ""

    def middle(low: float, high: float) -> float:
        return math.sqrt(low * high) if ratio else (low + high) / 2

    if ratio and min(lower.ends[0], upper.ends[0]) <= 0:
        lowest = min(lower.value, upper.value)
        return "" if lowest > 0 else f"a ratio's interval cannot begin at {lowest:g}"
    middles = middle(lower.ends[0], upper.ends[0]), middle(lower.ends[1], upper.ends[1])
    if not _apart(middles, estimate.ends):
        return ""
    centre = middle(lower.value, upper.value)
    return f"the estimate is not in the middle of its interval ({centre:.4g}): is a limit misprinted?"


def t_of_p(p: float, df: float) -> float:
    """The absolute t statistic behind a two-sided p value."""
    from scipy.special import stdtrit

    return abs(float(stdtrit(df, p / 2)))


def _implied_p(value: float, half_width: float, df: float) -> list[float]:
    """Two-sided p values that half of a 95 % interval implies: normal, by t with `df`, by t with half."""
    from scipy.special import stdtr

    if half_width <= 0:
        return []
    z = abs(value / half_width * Z95)
    by_t = ((at, abs(value / half_width * t_of_p(0.05, at))) for at in (df, df / 2) if df > 0)
    return [math.erfc(z / math.sqrt(2)), *(float(2 * stdtr(at, -t)) for at, t in by_t)]


def interval_against_p(
    estimate: Printed, lower: Printed, upper: Printed, p: Printed, *, df: float | None = None, bound: str = ""
) -> str:
    """The p value that a 95 % interval implies (normal; also t, given `df`) against the one printed.

    A model or unequal variances take degrees of freedom away, down to half of them. `p` may be a `bound` that
    the p value is "below" or "above".
    """
    if _any_missing(estimate, lower, upper, p):
        return ""
    implied: list[float] = []
    middles = [(low + high) / 2 for low, high in zip(lower.ends, upper.ends, strict=True)]
    values = max(estimate.ends[0], middles[0]), min(estimate.ends[1], middles[1])
    if values[0] > values[1]:  # not in the middle of its interval: another check says so
        values = estimate.ends
    for value, low, high in product(values, lower.ends, upper.ends):
        implied += _implied_p(value, (high - low) / 2, df or 0.0)
    if lower.value <= 0 <= upper.value and estimate.ends[0] <= 0 <= estimate.ends[1]:
        implied.append(1.0)
    low, high = p.ends
    ends = (0.0 if bound == "below" else low), (1.0 if bound == "above" else high)
    if not implied or not _apart((min(implied), max(implied)), ends):
        return ""
    return f"the interval implies a p value of {min(implied):.2g} to {max(implied):.2g}"


def count_against_percent(events: float, n: float, percent: Printed) -> str:
    """A printed percentage is the count over the number in the group, rounded."""
    if math.isnan(events) or math.isnan(n) or percent.missing or n <= 0:
        return ""
    exact = 100 * events / n
    if not _apart((exact, exact), percent.ends):
        return ""
    return f"{events:g} of {n:g} is {exact:.1f}%, not {percent.value:g}%"


def counts_of(percent: Printed, n: float) -> tuple[int, int]:
    """Smallest and largest number of `n` people that is printed as this percentage; none if they cross."""
    low, high = (end / 100 * n for end in percent.ends)
    return math.ceil(low - 1e-9), math.floor(high + 1e-9)


def group_sizes(n_ldn: float, n_placebo: float, total: float, most: float, *, crossover: bool = False) -> str:
    """Arms add up to the total of a contrast, and nobody is counted who did not take part.

    `most` is the number randomised (or analysed, where that is all we know). In a crossover the same people
    are in both arms, so arms are not added.
    """
    sizes = [size for size in (n_ldn, n_placebo, total) if not math.isnan(size)]
    if not math.isnan(most) and any(size > most for size in sizes):
        return f"{max(sizes):g} participants are more than the {most:g} of the study"
    if crossover or math.isnan(n_ldn) or math.isnan(n_placebo):
        return ""
    added = n_ldn + n_placebo
    if not math.isnan(total) and added != total:
        return f"the arms add up to {added:g} ({n_ldn:g} and {n_placebo:g}), not {total:g}"
    if not math.isnan(most) and added > most:
        return f"the arms add up to {added:g}, more than the {most:g} of the study"
    return ""


def standardised(difference: float, half_width: float, n_ldn: float, n_placebo: float) -> float:
    """Difference of two independent groups over the SD that its 95 % interval implies (t, n - 2)."""
    df = n_ldn + n_placebo - 2
    if not df > 0 or not half_width > 0:
        return math.nan
    se = half_width / t_of_p(0.05, df)
    return difference / (se / math.sqrt(1 / n_ldn + 1 / n_placebo))


def large_standardised_difference(d: float) -> str:
    """A standardised difference so large that a standard error may have been read as a standard deviation."""
    if math.isnan(d) or abs(d) <= LARGE:
        return ""
    size = f"a standardised difference of {abs(d):.2f}"
    return f"{size} is implausible (over {LARGE:g}): is an SE read as an SD?"


OTHER_SD = 1.18
"""Factor between the SDs of one trial that an effect may be in, by our judgement."""


def effect_size_against_difference(
    reported: Printed, difference: Printed, lower: Printed, upper: Printed, n_ldn: float, n_placebo: float
) -> str:  # fmt: skip
    """The standardised effect that a paper prints against the one that its difference and interval imply.

    The interval gives the SD of both groups at the end, or the one that a model leaves; the effect may be in
    that at the start or of placebo, or corrected for few people: `OTHER_SD` contradicts nothing.
    """
    if _any_missing(reported, difference, lower, upper) or math.isnan(n_ldn) or math.isnan(n_placebo):
        return ""
    corners = product(difference.ends, lower.ends, upper.ends)
    implied = [abs(standardised(d, (high - low) / 2, n_ldn, n_placebo)) for d, low, high in corners]
    implied = [value for value in implied if not math.isnan(value)]
    if difference.ends[0] < 0 < difference.ends[1] and implied:
        implied.append(0.0)
    if not implied or not _apart((min(implied) / OTHER_SD, max(implied) * OTHER_SD), reported.ends):
        return ""
    return f"the difference and its interval imply {min(implied):.2f} to {max(implied):.2f}"


def difference_against_arms(difference: Printed, ldn: Printed, placebo: Printed) -> str:
    """An unadjusted difference is LDN minus placebo."""
    if _any_missing(difference, ldn, placebo):
        return ""
    arms = ldn.ends[0] - placebo.ends[1], ldn.ends[1] - placebo.ends[0]
    if not _apart(arms, difference.ends):
        return ""
    return f"the arms differ by {ldn.value - placebo.value:.4g} (LDN minus placebo)"


def dose_in_range(low: float, high: float) -> str:
    """Daily doses in mg within what is called low-dose."""
    least, most = LDN_RANGE_MG
    begins = FIRST_MG if low < high and least <= high else least
    if math.isnan(low) or math.isnan(high) or (begins <= low and high <= most):
        return ""
    doses = f"{high:g}" if low == high else f"{low:g} to {high:g}"
    return f"{doses} mg a day is outside {least:g} to {most:g} mg"


def sds_apart(*dfs: float) -> float:
    """Factor by which chance alone hardly ever sets two SDs apart (the error of a logarithm of an SD)."""
    return math.exp(RARE * math.sqrt(sum(1 / (2 * df) for df in dfs if df > 0)))


def spread_coherence(
    sd: Printed,
    se: Printed,
    lower: Printed,
    upper: Printed,
    n: float,
    *,
    scale: tuple[float, float] = (math.nan, math.nan),
    other: tuple[float, float] = (math.nan, math.nan),
) -> str:
    """SD, SE and interval of one mean tell the same story, and the SD is possible on the scale.

    On a scale from a to b no SD can exceed (b - a)/2 * sqrt(n/(n - 1)). `other` holds SD and n of the other
    arm: of two that differ by a factor of three or more, one may be a standard error, unless the groups are
    so small that chance alone sets their SDs that far apart.
    """
    if math.isnan(n) or n < 2:
        return ""
    root = math.sqrt(n)
    if not _any_missing(sd, se) and _apart((sd.ends[0] / root, sd.ends[1] / root), se.ends):
        return f"an SD of {sd.value:g} at n = {n:g} gives an SE of {sd.value / root:.3g}"
    t = t_of_p(0.05, n - 1)
    widths = (upper.ends[0] - lower.ends[1]) / 2, (upper.ends[1] - lower.ends[0]) / 2
    for spread, factor, name in ((sd, root, "SD"), (se, 1.0, "SE")):
        if not _any_missing(spread, lower, upper):
            expected = Z95 * spread.ends[0] / factor, t * spread.ends[1] / factor
            if _apart(expected, widths):
                return f"an {name} of {spread.value:g} at n = {n:g} gives a half-width of {expected[1]:.3g}"
    most = (scale[1] - scale[0]) / 2 * math.sqrt(n / (n - 1))
    if not sd.missing and sd.ends[0] > most:
        return f"no SD on a scale from {scale[0]:g} to {scale[1]:g} can be above {most:.3g}"
    other_sd, n_other = other
    spreads, dfs = sorted((sd.value, other_sd)), (n - 1, n_other - 1)
    if spreads[0] > 0 and spreads[1] / spreads[0] >= max(3.0, sds_apart(*dfs)):
        return f"the other arm's SD is {other_sd:g}: is one of them an SE?"
    return ""
