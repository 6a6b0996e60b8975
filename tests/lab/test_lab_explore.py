"""The multiverse by hand: it shows what the engine gives, and it works in JupyterLab, in a browser."""

import base64
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest

from ldn_analysis import display, evidence, models
from ldn_analysis.cache import FOLDER
from ldn_analysis.render.project import locate
from ldn_analysis.workbench.explore import Explorer
from ldn_analysis.workbench.look import look

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "explore.ipynb"


@pytest.fixture(scope="module")
def explorer():
    """What takes seconds is kept from one run to the next, as `make lab` keeps it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(locate().root / "build" / "cache"))
        yield Explorer()


def said(explorer):
    return re.sub(r"<[^>]+>", " ", explorer._view["summary"].value)


def picture(explorer, name):
    found = re.search(r'base64,([^"]+)"', explorer._view[name].value)
    return base64.b64decode(found.group(1)).decode()


def test_starts_at_the_default_analysis(explorer):
    explorer.start("the default analysis")
    spec = explorer.pain.mv.specification(explorer.pain.reference)
    assert display.interval(spec.estimate, spec.lower, spec.upper) in said(explorer)
    assert "defensible" in said(explorer)
    assert "of 16 from the lowest" in said(explorer)
    for name in ("forest", "ladder"):
        assert picture(explorer, name).startswith("<svg")


def test_any_specification_shows_its_own_numbers_and_kind(explorer):
    mv = explorer.pain.mv
    for row in np.random.default_rng(5).integers(len(mv), size=25):
        spec = mv.specification(int(row))
        explorer.choose(**{n: o for n, o in spec.options.items() if n != "studies"}, studies=spec.studies)
        text = said(explorer)
        assert display.interval(spec.estimate, spec.lower, spec.upper) in text
        assert {"error": "with an error"}.get(spec.kind, spec.kind) in text


def test_a_choice_without_consequence_leaves_the_place(explorer):
    """The crossover's correlation does not matter without the crossover."""
    explorer.start("the default analysis")
    explorer.choose(studies=("final2024", "innova2026"))
    before = said(explorer)
    explorer.choose(crossover_r="0.5")
    assert said(explorer) == before


def test_what_cannot_be_analysed_is_said(explorer):
    explorer.start("the default analysis")
    explorer.choose(studies=())
    assert "No study that is ticked" in said(explorer)
    assert explorer._view["forest"].value == ""
    explorer.start("the default analysis")
    explorer.choose(tau2_method="CE")
    assert "random-effects model" in said(explorer)
    explorer.choose(inference="z")
    assert "k = 3" in said(explorer)


def test_starts_from_published_results(explorer):
    names = [name for name in explorer._starts if name.startswith("compatible with")]
    assert names
    for name in names:
        explorer.start(name)
        assert models.KINDS[explorer.pain.mv.kind[explorer._starts[name]]] in said(explorer)


def test_the_notebook_is_small_and_not_a_report():
    from ldn_analysis.questions.parameters import notebooks

    assert "explore" not in notebooks()
    assert NOTEBOOK.stat().st_size < 20_000
    assert "not medical advice" in nbformat.read(NOTEBOOK, as_version=4).cells[0].source


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data with the records of a search, for the Lab to write into."""
    folder = Path(shutil.copytree(ROOT / "data", tmp_path_factory.mktemp("records") / "data"))
    look([ROOT / "tests" / "workbench" / "downloads" / "pubmed.xml"], folder=folder)
    return folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory, data):
    """JupyterLab on copies of the notebooks; the address of each, with the token that it asks for."""
    tmp_path = tmp_path_factory.mktemp("lab")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("explore", "screen"):
        shutil.copy(NOTEBOOK.with_name(f"{name}.ipynb"), folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    places = {f"JUPYTER_{n}_DIR": str(tmp_path / n.lower()) for n in ("CONFIG", "RUNTIME", "DATA")}
    places |= {"LDN_DATA": str(data), FOLDER: str(ROOT / "build" / "cache"), "PYTHONPATH": str(ROOT)}
    places |= {"JUPYTER_CONFIG_PATH": str(ROOT / "requirements")}  # as `make lab` has it
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=os.environ | places)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"{address}/api?token={token}", timeout=2).close()
                    break
                except OSError:
                    assert server.poll() is None, (tmp_path / "lab.log").read_text()[-2000:]
                    time.sleep(0.25)
            yield lambda name: f"{address}/lab/workspaces/{name}/tree/{name}.ipynb?token={token}"
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def run_all(page, address):
    """Open a notebook in the Lab and run its cells."""
    from playwright import sync_api as sync

    page.goto(address, timeout=60_000)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
    page.wait_for_function("() => window.jupyterapp !== undefined", timeout=30_000)
    page.evaluate("() => window.jupyterapp.restored")
    # without a kernel, running would ask for one
    sync.expect(page.get_by_text("| Idle")).to_be_visible(timeout=90_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")


@pytest.fixture
def opened(browser):
    """A page of the browser; whatever fails on it fails the test."""
    errors = []
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not errors


@pytest.mark.browser
def test_records_are_screened_in_jupyterlab(opened, lab, data):
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    run_all(opened, lab("screen"))
    said = opened.locator(".jp-OutputArea [role=status]")
    sync.expect(said.first).to_contain_text("Type your initials", timeout=90_000)
    opened.get_by_label("Initials").fill("EF")
    opened.get_by_label("Initials").press("Enter")
    sync.expect(said.first).to_contain_text("3 left to decide", timeout=30_000)
    opened.get_by_role("button", name="out", exact=True).click()
    sync.expect(said.first).to_contain_text("Choose a reason first", timeout=30_000)
    opened.get_by_label("If out").select_option(label="review or comment")
    opened.get_by_role("button", name="out", exact=True).click()
    sync.expect(said.first).to_contain_text("2 left to decide", timeout=30_000)
    if folder := os.environ.get("LDN_SCREENSHOTS"):
        opened.screenshot(path=f"{folder}/screen.png")
    made = evidence.load(data).decisions
    assert list(made["screener"]) == ["EF"] and list(made["reason"]) == ["review or comment"]


@pytest.mark.browser
def test_in_jupyterlab(opened, lab):
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    page = opened
    run_all(page, lab("explore"))
    assert page.get_by_text("official Jupyter news").count() == 0
    status = page.locator(".ldn-explore")
    sync.expect(status).to_contain_text("k = 3", timeout=120_000)
    sync.expect(status).to_contain_text("defensible")
    page.get_by_label("interval", exact=True).select_option(label="Wald, normal (debatable)")
    sync.expect(status).to_contain_text("[−0.77, 0.34]", timeout=20_000)
    page.get_by_label("Rodríguez-Freire et al. 2026 (INNOVA)", exact=True).uncheck()
    sync.expect(status).to_contain_text("k = 2", timeout=20_000)
    sync.expect(status).to_contain_text("debatable")
    drawn = page.locator(".jp-OutputArea img[alt]").evaluate_all("all => all.map(i => i.naturalWidth)")
    if folder := os.environ.get("LDN_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/explore.png")
    assert len(drawn) == 2
    assert min(drawn) > 200
