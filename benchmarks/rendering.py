"""How long `make reports` takes, beside the least that it could take with kernels of the ordinary kind.

The floor: each notebook needs one interpreter that starts, imports what the notebook imports, and runs its
cells; all of that divided by the cores. Both are measured here, in one run, on the same notebooks. Sharing
the imports among forked kernels can bring the render below the floor.
"""

import os
import subprocess
import sys
import tempfile
import time

from ldn_analysis.render.planning import plan
from ldn_analysis.render.project import locate

TARGET = 1.4


def plain(source: str) -> float:
    """Seconds that an interpreter takes to import what a kernel does and to run a notebook."""
    start = time.perf_counter()
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    subprocess.run([sys.executable, "-c", source], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def script(cells: list[dict], changed: dict) -> str:
    """The notebook's code as one program, run by IPython's shell as a kernel would."""
    sources = []
    for cell in cells:
        if cell["cell_type"] == "code":
            sources.append("".join(cell["source"]))
            if "parameters" in cell.get("metadata", {}).get("tags", []):
                sources.append("\n".join(f"{key} = {value!r}" for key, value in changed.items()))
    return (
        "import ipykernel.kernelapp\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        f"shell = InteractiveShell.instance()\nfor source in {sources!r}:\n"
        "    shell.run_cell(source).raise_error()\n"
    )


def main() -> None:
    """Measure both and print a table."""
    project = locate()
    only = ["06_safety"] if "--brief" in sys.argv[1:] else []  # does it run? Its times mean nothing
    planned = plan(project, *only)
    cores = os.cpu_count() or 1
    floor = 0.0
    for one in planned:
        seconds = plain(script(one.content["cells"], one.changed))
        floor += seconds
        print(f"{one.stem:<44} {seconds:6.1f} s alone")
    floor /= cores
    with tempfile.TemporaryFile() as nowhere:
        start = time.perf_counter()
        command = [sys.executable, "-m", "ldn_analysis", "render", *only, "--force"]
        subprocess.run(command, check=True, stdout=nowhere)
        took = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run(command[:-1], check=True, stdout=nowhere)
        again = time.perf_counter() - start
    ratio = took / floor
    print(
        f"floor {floor:.1f} s on {cores} cores; rendered in {took:.1f} s: {ratio:.2f} times (target {TARGET})"
    )
    print(f"nothing changed: {again:.2f} s")


if __name__ == "__main__":
    main()
