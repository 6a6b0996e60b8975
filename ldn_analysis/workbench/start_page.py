"""The table of contents of the Lab's start page: each notebook, and the question that it answers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Contents", "contents"]


@dataclass(frozen=True, slots=True)
class Contents:
    """Notebooks by name, with their titles."""

    entries: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {title}" for name, title in self.entries)

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f'<tr><td><a href="{escape(name, quote=True)}.ipynb">{escape(name)}</a></td>'
            f'<td style="text-align:left">{escape(title)}</td></tr>'
            for name, title in self.entries
        )
        head = '<th scope="col">Open</th><th scope="col" style="text-align:left">For</th>'
        body = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        return f"<table><caption>The notebooks</caption>{body}</table>"


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
