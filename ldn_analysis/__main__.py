"""``python -m ldn_analysis``: see `ldn_analysis.cli`."""

import sys

try:
    from ldn_analysis.cli import main
except ModuleNotFoundError as error:
    if str(error.name).startswith("ldn_analysis"):
        raise
    sys.exit(
        f"{sys.executable} has no package {error.name}: run `make env`, then .venv/bin/python -m ldn_analysis"
    )

if __name__ == "__main__":
    main()
