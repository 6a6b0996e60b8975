"""Lists the licence of every installed package, from its own metadata; information for reviewers."""

from importlib.metadata import distributions


def licence(metadata) -> str:
    """The licence expression, else the classifiers, else the first line of the licence field."""
    if metadata.get("License-Expression"):
        return metadata["License-Expression"]
    classified = [
        c.rsplit(" :: ", 1)[-1] for c in metadata.get_all("Classifier", []) if c.startswith("License ::")
    ]
    named = (metadata.get("License") or "").strip().splitlines()
    return "; ".join(classified) or (named[0][:60] if named else "not stated")


if __name__ == "__main__":
    for found in sorted(distributions(), key=lambda d: d.metadata["Name"].lower()):
        print(f"{found.metadata['Name']:<32} {found.version:<18} {licence(found.metadata)}")
