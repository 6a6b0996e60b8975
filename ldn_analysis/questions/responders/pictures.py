"""Pictures of responders: contrasts, numbers needed, what a plain shift predicts, mixtures, a correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.rows import Look, Row, draw, text_width, wrap
from ldn_analysis.display.style import COLOURS, FAINT, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "chance_of_r2",
    "mixture_power_curves",
    "needed_scale",
    "responder_forest",
    "shift_against_observed",
]


@responsive
def responder_forest(table: pd.DataFrame, *, level: float = 0.95, title: str = "", width: float) -> Figure:
    """Differences in the share of responders by threshold, trials and their pool.

    `table` has ``percent label a n1 c n2 rd rd_lower rd_upper pooled`` (shares). Right of zero favours LDN.
    """
    rows = []
    for percent, group in table.groupby("percent"):
        rows.append(Row(f"Pain lower by {percent:g}% or more", mark="none", bold=True))
        for _, r in group.iterrows():
            low, mid, high = (100 * r[name] for name in ("rd_lower", "rd", "rd_upper"))
            rows.append(
                Row(
                    str(r["label"]), mid, low, high, (f"{r['a']:g}/{r['n1']:g}", f"{r['c']:g}/{r['n2']:g}"),
                    (f"{number(mid, 0)} [{number(low, 0)}, {number(high, 0)}]",),
                    "diamond" if r["pooled"] else "square",
                    colour=MEANING["summary"] if r["pooled"] else INK,
                )
            )  # fmt: skip
    look = Look(
        label_head="Trial", left_heads=("LDN", "placebo"), right_heads=(f"difference [{100 * level:g}%]",),
        xlabel="difference in responders, percentage points", favours=("favours placebo", "favours LDN"),
        title=title,
    )  # fmt: skip
    return draw(rows, look, width)


@responsive
def needed_scale(table: pd.DataFrame, *, title: str = "", width: float) -> Figure:
    """Numbers needed to treat on the scale on which they are continuous: through infinity in the middle
    (Altman 1998).

    `table` has ``label rd rd_lower rd_upper``, one row an interval. Right: one more responder for so many
    treated (NNTB); left: one fewer (NNTH).
    """
    narrow = width < 5
    labels = [wrap(str(t), 1.15 if narrow else 2.4, 9) for t in table["label"]]
    side = max(text_width(t, 9) for lines in labels for t in lines) + 0.25
    tall = 1.15 + 0.42 * len(table) + (0.25 if title else 0)
    figure, axes = new_figure(width, tall)
    figure.set_layout_engine("none")
    axes.set_position((side / width, 0.85 / tall, 1 - (side + 0.25) / width, 0.42 * len(table) / tall))
    reach = 1.12 * float(max(abs(table["rd_lower"].min()), abs(table["rd_upper"].max()), 0.1))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.axvline(0, color=INK, lw=1)
    for i, (_, row) in enumerate(table.iterrows()):
        axes.plot([row["rd_lower"], row["rd_upper"]], [i, i], color=MEANING["summary"], lw=2.2)
        axes.plot([row["rd"]], [i], "D", color=MEANING["summary"], ms=7)
    axes.set_yticks(range(len(table)), ["\n".join(lines) for lines in labels])
    ticks = [n for n in ((4, 8) if narrow else (4, 6, 10, 20)) if 1 / n < reach]
    places = [-1 / n for n in ticks] + [0.0] + [1 / n for n in reversed(ticks)]
    names = [str(n) for n in ticks]
    axes.set_xticks(places, [*names, "∞", *reversed(names)])
    for x, words, align in ((0.0, "← NNTH: one fewer responder", "left"), (1.0, "NNTB: one more →", "right")):
        short = words if not narrow else words.split(":")[0].replace("B", "B →") if x else "← NNTH"
        axes.annotate(short, (x, 0), (0, -28), xycoords="axes fraction", textcoords="offset points", ha=align,
                      va="top", color=MUTED)  # fmt: skip
    axes.annotate(
        "number needed to treat", (0.5, 0), (0, -44), xycoords="axes fraction", textcoords="offset points",
        ha="center", va="top",
    )  # fmt: skip
    if title:
        figure.text(0.01, 1 - 0.14 / tall, title, fontweight="bold", va="center")
    tidy(axes)
    return figure


@responsive
def shift_against_observed(table: pd.DataFrame, *, title: str = "", width: float) -> Figure:
    """Responders that a normal distribution predicts (open) and those observed (filled), trial by trial.

    `table` is `responders.shift_table`. For LDN two predictions: from its own SD, and the placebo arm moved
    by the difference of the means, so that everybody responds alike.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    trials = list(dict.fromkeys(table["label"]))
    percents = sorted(set(table["percent"]))
    narrow = width < 5
    rows, columns = (len(trials), 1) if narrow else (1, len(trials))
    figure = Figure(figsize=(width, (3.0 if narrow else 3.4) * rows + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    top = 100 * max(table["predicted"].max(), table["rate"].max()) * 1.12
    for i, label in enumerate(trials):
        axes = figure.add_subplot(rows, columns, i + 1)
        _shift_panel(axes, table[table["label"] == label], percents)
        axes.set_title("\n".join(wrap(label, width / columns - 0.8, 10.5, True)))
        axes.set_ylim(0, top)
        if i == 0 or narrow:
            axes.set_ylabel("responders, %")
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower left", ncols=1 if narrow else 3)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=10.5)
    return figure


def _shift_panel(axes: Axes, table: pd.DataFrame, percents: Sequence[float]) -> None:
    looks: tuple[tuple[str, str, float, dict[str, Any], str], ...] = (
        (
            "control",
            "own mean and SD",
            -0.22,
            {"marker": "o", "mec": MEANING["placebo"]},
            "placebo, predicted",
        ),
        ("treated", "own mean and SD", 0.1, {"marker": "s", "mec": MEANING["ldn"]}, "LDN, predicted"),
        ("treated", "control shifted", 0.3, {"marker": "D", "mec": INK}, "placebo shifted by the mean"),
    )
    for arm, account, dx, look, words in looks:
        mine = table[(table["arm"] == arm) & (table["account"] == account)].set_index("percent")
        x = [percents.index(p) + dx for p in mine.index]
        axes.plot(
            x, 100 * mine["predicted"], ls="", ms=7, mfc="white", mew=1.6, label=words, zorder=4, **look
        )
    for arm, left, right, colour, hatch, words in (
        ("control", -0.36, -0.08, MEANING["placebo"], None, "placebo, observed"),
        ("treated", -0.04, 0.42, MEANING["ldn"], "////", "LDN, observed"),
    ):
        mine = table[(table["arm"] == arm) & (table["account"] == "own mean and SD")].set_index("percent")
        x = [percents.index(p) + (left + right) / 2 for p in mine.index]
        axes.bar(
            x, 100 * mine["rate"], width=right - left, color=colour, alpha=0.45, edgecolor=INK, lw=0.6,
            hatch=hatch, label=words, zorder=2,
        )  # fmt: skip
    axes.set_xticks(range(len(percents)), [f"{p:g}%" for p in percents])
    axes.set_xlabel("pain lower by at least")
    tidy(axes, left=True)


@responsive
def mixture_power_curves(plans: Sequence[Any], *, trial_n: int, title: str = "", width: float) -> Figure:
    """Chance of telling each mixture from one normal, by the number of participants in one arm.

    `plans` are `models.MixturePower`; `trial_n` marks the size of the arm at hand.
    """
    styles: list[Any] = ["-", (0, (5, 2)), (0, (1, 1)), (0, (4, 1, 1, 1)), (0, (8, 3))]
    colours = [MEANING["ldn"], MEANING["prediction"], COLOURS["green"], INK, COLOURS["purple"]]
    figure, axes = new_figure(width, 3.5 if width > 5 else 4.2)
    for i, plan in enumerate(plans):
        m = plan.mixture
        words = f"{100 * m.share:g}% at {number(m.responder_mean, 1)}, others at {number(m.other_mean, 1)}"
        axes.plot(plan.n, plan.power, ls=styles[i % 5], color=colours[i % 5], lw=2, label=words)
    axes.axvline(trial_n, color=MUTED, lw=1, ls=":")
    axes.annotate(
        f"this arm: {trial_n}", (trial_n, 1.06), (4, 0), textcoords="offset points", va="top", fontsize=9
    )
    if plans:
        axes.axhline(plans[0].target, color=FAINT, lw=1)
    axes.set_xscale("log")
    ticks = [25, 100, 400, 1600] if width < 5 else [25, 50, 100, 200, 400, 800, 1600, 3200]
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    axes.set_ylim(0, 1.08)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("participants in the arm" + (" (log scale)" if width > 5 else ""))
    axes.set_ylabel("chance of telling it\nfrom one normal")
    axes.set_title(title)
    figure.legend(loc="outside upper left", ncols=2 if width > 5 else 1, title="change in pain, points")
    tidy(axes, left=True)
    return figure


@responsive
def chance_of_r2(
    simulated: npt.NDArray[np.float64], *, reported: float, truth: float, title: str = "", width: float
) -> Figure:
    """How r squared falls out in samples of the reported size, if the true correlation is `truth`."""
    import numpy as np
    import seaborn
    from matplotlib.colors import to_rgba

    figure, axes = new_figure(width, 2.9)
    words = np.where(simulated >= reported - 1e-12, "as large or larger", "below what was reported")
    colours = {"below what was reported": COLOURS["sky"], "as large or larger": MEANING["prediction"]}
    seaborn.histplot(
        x=simulated, hue=words, hue_order=list(colours), palette=colours, multiple="stack", stat="percent",
        bins=25, binrange=(0, 1), alpha=1, edgecolor="white", legend=False, ax=axes,
    )  # fmt: skip
    for bar in axes.patches:  # told by more than its colour
        if bar.get_facecolor() == to_rgba(MEANING["prediction"]):
            bar.set_hatch("////")
    axes.axvline(reported, color=INK, lw=1.5)
    top = max((bar.get_y() + bar.get_height() for bar in axes.patches), default=0.0)  # type: ignore[attr-defined]
    axes.annotate(
        f"reported: {reported:.2f}", (reported, 1.08 * top), (-5, 0), textcoords="offset points", ha="right",
        va="top",
    )  # fmt: skip
    axes.axvline(truth**2, color=MUTED, lw=1, ls=":")
    axes.annotate(
        f"true: {truth**2:.2f}", (truth**2, 1.08 * top), (5, 0), textcoords="offset points", va="top",
        color=MUTED,
    )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.12 * top)
    axes.set_xlabel("r squared in a sample")
    axes.set_ylabel("samples, %")
    axes.set_title(title)
    tidy(axes, left=True)
    return figure
