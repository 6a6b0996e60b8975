"""The table of contents of the Lab's start page: each notebook, and the question that it answers."""

from __future__ import annotations

from ldn_analysis import html
from ldn_analysis.display.output import Table
from ldn_analysis.render.project import locate


def contents() -> Table:
    """The numbered notebooks in their order, each with its title (its first heading)."""
    from ldn_analysis.render.page import title_of

    project = locate()
    notebooks = [(name, title_of(project.notebook(name), name)) for name in project.names()]
    rows = [(html.link(f"{name}.ipynb", name), title) for name, title in notebooks]
    heads = (html.Column("Open", "left"), html.Column("For", "left"))
    text = "\n".join(f"{name}: {title}" for name, title in notebooks)
    return Table(html.finished(html.table("The notebooks", heads, rows)), text)
