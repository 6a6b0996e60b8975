"""The house as drawn: each room knows only rooms below it, tags are written in one place, pictures and words
compute nothing."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ldn_analysis"
FLOORS = (
    {"errors", "html", "files", "strict_yaml", "cache", "hashes", "guidance"},
    {"evidence", "measures"},
    {"models"},
    {"contrasts"},
    {"display"},
    {"questions"},
    {"render"},
    {"workbench"},
    {"cli", "refresh"},
    {"__main__"},
)
"""Rooms from the ground up; two on one floor do not know each other, but for the ground's own."""

FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
DRAWN = [
    *sorted((PACKAGE / "display").glob("*.py")),
    *(
        path
        for name in (
            "pictures",
            "words",
            "tables",
            "cards",
            "flow_picture",
            "bars",
            "subsets",
        )
        for path in sorted((PACKAGE / "questions").glob(f"*/{name}.py"))
    ),
]
RESULT_TYPES = {"Pooled", "ESTIMATOR_NAMES"}
"""What of the models a picture may name besides `models.limits`: types of results and words, nothing that
computes."""

ELEMENTS = (
    "a|b|body|br|caption|cite|code|dd|details|div|dl|dt|em|figcaption|figure|h[1-6]|head|html|i|img|li|link|main|"
    "meta|ol|p|picture|pre|script|section|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|th|"
    "thead|title|tr|ul"
)
TAG = re.compile(rf"</?({ELEMENTS})[ />]")


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """The parts of a file's code, read once for all tests."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.fixture(scope="module", autouse=True)
def let_go():
    """A hundred megabytes that later tests have no use for."""
    yield
    nodes.cache_clear()


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every module or name that a file imports, as dotted text with its line; inside functions too."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            own = (PACKAGE.name, *path.relative_to(PACKAGE).parts)[: -node.level] if node.level else ()
            module = ".".join([*own, *([node.module] if node.module else [])])
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def room(dotted: str) -> str:
    """The room of a dotted name within the package, empty for another package."""
    parts = dotted.split(".")
    return parts[1] if parts[0] == PACKAGE.name and len(parts) > 1 else ""


def constants(path: Path) -> Iterator[ast.Constant]:
    """Texts of a file that are not docstrings."""
    said = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def test_every_module_has_its_floor():
    assert {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES} == set(FLOOR)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_knows_the_rooms_above_it(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    up = [
        f"line {line}: {name}"
        for name, line in imported(path)
        if (other := room(name)) and other != own and FLOOR[other] >= max(FLOOR[own], 1)
    ]
    assert not up


def test_no_two_files_need_each_other():
    """Not for a type's name alone either. What an `__init__.py` only hands on is no need."""
    file_of = {
        ".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)): path for path in MODULES
    }
    needs = {
        path: {
            file_of[module]
            for name, _ in imported(path)
            for module in (name, name.rpartition(".")[0])
            if module in file_of and file_of[module] != path
        }
        for path in MODULES
    }
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the files


def test_tags_are_written_in_one_place():
    written = [
        f"{path.relative_to(PACKAGE)}, line {node.lineno}: {node.value!r}"
        for path in MODULES
        if path != PACKAGE / "html.py"
        for node in constants(path)
        if TAG.search(node.value)
    ]
    assert not written


def test_nothing_but_the_writer_of_html_escapes_text():
    escaping = [
        f"{path.relative_to(PACKAGE)}, line {line}: {name}"
        for path in MODULES
        if path != PACKAGE / "html.py"
        for name, line in imported(path)
        if name in {"html", "html.escape", "xml.sax.saxutils.escape"} or name.startswith("htmltools")
    ]
    assert not escaping


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_draws_and_words_computes_nothing_statistical(path):
    wrong = []
    for name, line in imported(path):
        parts = name.split(".")
        computes = parts[0] in {"scipy", "statsmodels", "pingouin"} or room(name) == "contrasts"
        if room(name) == "models" and not name.startswith("ldn_analysis.models.limits"):
            computes = parts[-1] not in RESULT_TYPES
        if computes:
            wrong.append(f"line {line}: {name}")
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(path):
    """At most 400 lines a file; 80 a function, docstring and all, and nine parameters but for commands."""
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 400
    for node in nodes(path):
        if not isinstance(node, ast.FunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        assert lines <= 80, f"{node.name}, line {node.lineno}: {lines} lines"
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        is_command = path.stem in ("cli", "commands")
        few = len(given) - (given[:1] != [] and given[0].arg == "self") <= 9
        assert is_command or few, f"{node.name}, line {node.lineno}: {len(given)} parameters"


SAYS_NOTHING = {"found", "made", "given", "one", "said", "told", "got", "it", "what", "which", "seen"}
"""Names that fit any value, and so tell nothing of the one that they hold."""
OF_OTHERS = {"partial_correlation": {"given"}, "PartialCorrelation": {"given"}}
"""Where such a word is the field's own: the correlation of two things, given a third."""


def names(parts: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Functions, classes, parameters, fields and variables that are named there, with their lines."""
    for node in parts:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield (node.id if isinstance(node, ast.Name) else node.attr), node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_names_say_what_they_hold(path):
    allowed = {
        (name, line)
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in OF_OTHERS
        for name, line in names(ast.walk(node))
        if name in OF_OTHERS[node.name]
    }
    named = {(name, line) for name, line in names(nodes(path)) if name.strip("_").lower() in SAYS_NOTHING}
    empty = named - allowed
    assert not empty, "; ".join(f"line {line}: {name}" for name, line in sorted(empty))
