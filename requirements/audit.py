"""Known weaknesses of the locked packages, by pip-audit; says so where its source could not be reached."""

import subprocess
import sys

LIMIT = 110  # seconds


def main(python: str) -> int:
    """Status 0 whatever is found: this is information. The last line says what came of it."""
    command = [python, "-m", "pip_audit", "--progress-spinner=off", "--disable-pip", "--require-hashes",
               "--requirement", "requirements/run.lock"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        print(f"pip-audit: its source did not answer within {LIMIT} s: nothing is known about weaknesses")
        return 0
    if done.returncode == 0:
        print("pip-audit: no known weakness in the locked packages")
    elif done.stdout.strip():
        print(done.stdout.strip())
        print("pip-audit: weaknesses are known: see above")
    else:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"pip-audit: could not reach its source, nothing is known about weaknesses ({why[:200]})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
