"""``python -m ldn_analysis``: see `ldn_analysis.render.cli`."""

from ldn_analysis.render.cli import main

if __name__ == "__main__":
    main()
