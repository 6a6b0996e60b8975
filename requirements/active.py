"""Does the activated environment hold what the project needs? ``make ENV=active ...`` runs it."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(what: str) -> int:
    """0 if every direct dependency is there (for "test", its tools too); else 1, and one line says why."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what finds out
        print(f"the active Python is {sys.version.split()[0]}: 3.11 or newer is needed", file=sys.stderr)
        return 1
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"]["test"] if what == "test" else [])
    missing = []
    for name in [*wanted, project["name"]]:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        print(
            f"the active environment ({sys.prefix}) lacks {', '.join(missing)}. Make it with "
            "'conda env create -f environment.yml' and 'pip install --no-deps -e .', or leave out ENV=active",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
