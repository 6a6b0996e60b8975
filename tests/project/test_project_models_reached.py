"""Models are there to be used: each public one by a question, each private one by a public one."""

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ldn_analysis import models

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "ldn_analysis" / "models"


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / "ldn_analysis").rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        yield path, ast.parse(code)


def _names(tree: ast.AST) -> Counter[str]:
    """Every name that is read, called or imported; not those that are only listed in strings."""
    said: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            said[node.id] += 1
        elif isinstance(node, ast.Attribute):
            said[node.attr] += 1
        elif isinstance(node, ast.ImportFrom):
            own = node.level or (node.module or "").startswith("ldn_analysis.models.")
            said.update(() if own else (alias.name for alias in node.names))
    return said


def test_every_public_model_is_called_from_outside_its_room() -> None:
    outside: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for path, tree in _trees():
        (inside if path.is_relative_to(MODELS) else outside).update(_names(tree))
    idle = set()
    for name in models.__all__:
        # a class may be what a function returns or takes: it is named where that is said
        seen = outside[name] + (inside[name] if isinstance(getattr(models, name), type) else 0)
        if not seen:
            idle.add(name)
    assert not idle


def test_nothing_in_the_room_is_without_a_caller() -> None:
    said: Counter[str] = Counter()
    defined: dict[str, Counter[str]] = {}
    for path, tree in _trees():
        said.update(_names(tree))
        if path.is_relative_to(MODELS):
            for node in tree.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    defined.setdefault(node.name, Counter()).update(_names(node))
    idle = {name for name, own in defined.items() if said[name] <= own[name]}
    assert not idle
