"""After `make reports`: are the reports there, offline, small enough, and do they hold the right numbers?

The pooled estimates are computed here anew from the data, by the functions that the tests have compared with
published numbers, with the parameters that each report says it used.
"""

import json
import math
import sys
from pathlib import Path

from ldn_analysis import contrasts, evidence, models
from ldn_analysis.questions.parameters import parameters_class
from ldn_analysis.render.offline import fetched
from ldn_analysis.render.page import LARGEST
from ldn_analysis.render.project import SUMMARY, Project, locate, read_scenarios

ALL_TOGETHER = 15 * 1024**2


def expected(project: Project) -> list[str]:
    """The file names, without ending, that a full render writes."""
    others = [name for name in read_scenarios(project) if name != "primary"]
    return [*project.names(), *(f"{SUMMARY}--{name}" for name in others)]


def wrong_page(path: Path) -> list[str]:
    """What is wrong with one page."""
    if not path.is_file():
        return [f"{path.name} is missing"]
    text = path.read_text(encoding="utf-8")
    found = [f"{path.name} would fetch {item}" for item in fetched(text)]
    if path.stat().st_size > LARGEST:
        found.append(f"{path.name} has {path.stat().st_size} bytes")
    if "not medical advice" not in text:
        found.append(f"{path.name} does not say that it is not medical advice")
    return found


def wrong_numbers(path: Path) -> list[str]:
    """Where the pooled estimate of pain in a report's results is not what the data give."""
    made = json.loads(path.read_text(encoding="utf-8"))
    results = {result["name"]: result for result in made["results"]}
    if "pain.estimate" not in results:
        return []
    chosen = parameters_class(made["notebook"])(**made["parameters"]["values"])
    ev = evidence.load().as_of(chosen.as_of)
    table = contrasts.derive(ev, outcome="pain", **chosen.contrast()).table.query("included")
    estimates = table["yi"].to_numpy(), table["vi"].to_numpy()
    fit = models.pool(*estimates, **chosen.pooling(len(table)), df=table["df"])
    told = results["pain.estimate"]
    pairs = {"value": fit.estimate, "lower": fit.ci[0], "upper": fit.ci[1]}
    return [
        f"{path.name}: pain.estimate, {key} is {told.get(key)}, computed {value}"
        for key, value in pairs.items()
        if not math.isclose(told.get(key, math.nan), value, rel_tol=1e-12)
    ]


def main() -> int:
    """Check everything; each problem is a line."""
    project = locate()
    stems = expected(project)
    pages = ["index", "explore", *stems]
    found = [line for stem in pages for line in wrong_page(project.reports / f"{stem}.html")]
    there = [project.reports / f"{stem}.json" for stem in stems]
    found += [f"{path.name} is missing" for path in there if not path.is_file()]
    compared = [path for path in there if path.is_file()]
    found += [line for path in compared for line in wrong_numbers(path)]
    if (project.reports / "failed").exists():
        found.append("reports/failed/ is there")
    size = sum(path.stat().st_size for path in project.reports.rglob("*") if path.is_file())
    if size > ALL_TOGETHER:
        found.append(f"the reports take {size / 1024**2:.1f} MB together")
    print(
        "\n".join(found) or f"{len(stems)} reports and the index are whole, offline ({size / 1024**2:.1f} MB)"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
