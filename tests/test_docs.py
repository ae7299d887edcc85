"""The reference pages are what the code says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ifc import checks
from ifc.codes import CODES
from ifc.commands import explain
from ifc.resolve.later import STATEMENTS
from tests.agreed import ROOT, same

MADE = "Made from the code by `python -m tests.update`; a test holds it equal.\n"


def reference() -> str:
    """docs/reference.md: every kind with its settings, verbs, arrows and attributes, as `ifc explain` prints them."""
    parts = ["# Reference: kinds, verbs, settings\n", MADE]
    for kind in explain.declarable():
        parts.append(f"## {kind}\n\n```text\n{explain.kind(kind)}```\n")
    parts.append(f"## Schedules\n\n```text\n{explain.schedule()}```\n")
    verbs = "\n".join(explain.verb(v) for v in explain.VERBS)
    parts.append(f"## Verbs\n\n```text\n{verbs}```\n")
    return "\n".join(parts)


def codes() -> str:
    """docs/codes.md: every diagnostic."""
    parts = ["# Diagnostics\n", MADE]
    for code, (title, text) in sorted(CODES.items()):
        parts.append(f"## {code}: {title}\n\n{text}\n")
    return "\n".join(parts)


def checked() -> str:
    """docs/checks.md: every check of an app as a whole, by what its docstring says."""
    parts = ["# Checks over the whole app\n", MADE]
    parts.append(
        "`ifc check`, and every command that compiles, runs all of them; `--notes` shows notes too. A warning is taken back beside the thing that it is about, with\n"
        'the reason: `# ifc: allow IFC520 "a lost view is not missed"` ([the language](language.md#loops-of-events)).\n'
        "[`ifc paths`](paths.md) shows the ways that they look at.\n"
    )
    for told in sorted(map(checks.told, checks.names()), key=lambda one: one.codes):
        title, _, rest = told.text.partition("\n")
        parts.append(
            f"## {title.rstrip('.')}\n\n{', '.join(f'[{c}](codes.md#{anchor(c)})' for c in told.codes)}\n\n{rest.strip()}".rstrip() + "\n"
        )
        parts += [f"{heading}:\n\n```text\n{source}```\n" for heading, source in told.examples.items()]
    return "\n".join(parts)


def anchor(code: str) -> str:
    """The anchor of a code's heading in docs/codes.md, as GitHub makes it."""
    kept = "".join(c for c in f"{code}: {CODES[code][0]}".lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def everything() -> Iterator[tuple[Path, str]]:
    """Every made page with what it should hold."""
    yield ROOT / "docs" / "reference.md", reference()
    yield ROOT / "docs" / "codes.md", codes()
    yield ROOT / "docs" / "checks.md", checked()


def test_pages_are_made_from_the_code() -> None:
    """The pages are up to date."""
    for path, text in everything():
        same(path, text)


def test_the_readme_lists_what_is_not_built() -> None:
    """Each word of the language that this release does not build stands in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    unbuilt = [*STATEMENTS, "when", *(s for k in explain.declarable() for s in explain.load(k).later)]
    assert not [word for word in unbuilt if f"`{word}`" not in readme]
