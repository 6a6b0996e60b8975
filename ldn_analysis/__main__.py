"""``python -m ldn_analysis``: see `ldn_analysis.cli`."""

from ldn_analysis.cli import main

if __name__ == "__main__":
    main()
