"""Stops `make clean` while a render runs: without its lock, a second one could start beside it."""

import fcntl
import sys
from pathlib import Path

lock = Path("reports") / ".lock"
with lock.open("a") as handle:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("a render is running: wait for it to end, then try again")
