"""The table of contents of the Lab's start page: each notebook, and the question that it answers."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis import html


@dataclass(frozen=True, slots=True)
class Contents:
    """Notebooks by name, with their titles."""

    entries: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {title}" for name, title in self.entries)

    def _repr_html_(self) -> str:
        rows = ((html.link(f"{name}.ipynb", name), title) for name, title in self.entries)
        heads = (html.Column("Open", "left"), html.Column("For", "left"))
        return html.finished(html.table("The notebooks", heads, rows))


def contents() -> Contents:
    """The numbered notebooks in their order, each with its title (its first heading)."""
    from ldn_analysis.render.project import locate

    project = locate()
    found = []
    for name in project.names():
        cells = project.notebook(name)["cells"]
        source = cells[0].get("source", "") if cells else ""
        text = source if isinstance(source, str) else "".join(source)
        title = text.lstrip().partition("\n")[0].lstrip("# ").strip()
        found.append((name, title or name))
    return Contents(tuple(found))
