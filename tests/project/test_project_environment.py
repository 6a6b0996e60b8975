"""The locks and environment.yml: the same versions, exact, with hashes and without addresses."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["bootstrap", "run", "test", "cluster", "bench", "audit"]


def conda():
    spec = importlib.util.spec_from_file_location("conda_writer", ROOT / "requirements" / "conda.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins(lock):
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_exact_pins_with_hashes_and_no_addresses(lock):
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert entries
    for entry in entries:
        requirement = Requirement(entry.split(" \\")[0])
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_the_test_lock_holds_the_run_lock():
    run, test = pins("run"), pins("test")
    assert {name: test.get(name) for name in run} == run


def test_the_cluster_lock_adds_to_the_others_and_pins_dask_together():
    cluster, test = pins("cluster"), pins("test")
    assert {name: cluster.get(name) for name in pins("run")} == pins("run")
    assert all(cluster[name] == test[name] for name in set(cluster) & set(test))
    assert cluster["dask"] == cluster["distributed"]


def test_the_benchmark_has_the_same_engine():
    bench, run = pins("bench"), pins("run")
    for name in ("numpy", "scipy", "statsmodels"):
        assert bench[name] == run[name]


def test_environment_yml_is_what_the_lock_makes():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert text == conda().environment(), "run `make lock`, or requirements/conda.py alone"


def test_environment_yml_names_versions_that_match_the_lock():
    """Read as conda reads it: a strict match specification for every line, and the locked version fits."""
    rattler = pytest.importorskip("rattler")
    yaml = pytest.importorskip("ruamel.yaml").YAML(typ="safe")
    content = yaml.load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    locked = {conda().canonical(name): version for name, version in pins("test").items()}
    specs = [line for line in content["dependencies"] if isinstance(line, str)]
    pip = next(line["pip"] for line in content["dependencies"] if isinstance(line, dict))
    seen = set()
    for line in specs:
        match = rattler.MatchSpec(line, strict=True)
        name = match.name.normalized
        if name in {"python", "pip"}:
            continue
        version = rattler.Version(locked[name])
        assert rattler.VersionSpec(str(match.version)).matches(version), line
        seen.add(name)
    for line in pip:
        requirement = Requirement(line)
        assert requirement.specifier.contains(locked[conda().canonical(requirement.name)])
        seen.add(conda().canonical(requirement.name))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = project["dependencies"] + project["optional-dependencies"]["test"]
    assert {conda().canonical(name) for name in names} == seen


def test_the_tests_readme_holds_every_table_of_agreement():
    readme = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    parts = sorted((ROOT / "tests" / "reference" / "agreement").glob("*.md"))
    assert [path.stem for path in parts] == list("ABCDEGH")
    for path in parts:
        assert path.read_text(encoding="utf-8").strip() in readme, f"{path.name} changed: join it again"


def test_a_python_without_the_packages_is_one_line():
    command = [sys.executable, "-S", "-m", "ldn_analysis", "check"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        f"{sys.executable} has no package typer: run `make env`, then .venv/bin/python -m ldn_analysis\n"
    )


@pytest.mark.parametrize(("builder", "killed"), [("", False), ("999999999", True), ("itself", False)])
def test_an_environment_whose_build_was_killed_is_built_anew(builder, killed, tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    names = ("requirements/bootstrap.lock", "requirements/run.lock", "pyproject.toml")
    for age, name in enumerate((*names, ".venv/bin/uv", ".venv/run.stamp")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (age, age))
    if builder:
        alive = str(os.getpid()) if builder == "itself" else builder
        (tmp_path / ".venv" / "begun").write_text(alive)
    done = subprocess.run(["make", "-n", "env"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ("-m venv --clear .venv" in done.stdout) == ("pip sync" in done.stdout) == killed
