"""What a function needs of its code folder: the record of it, and the data that lies beside its modules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ifc.build.package import FOLDER, LINKED, Tree
from ifc.records import record

# Sources of any language: beside a module they are somebody else's, while in a folder of their own they are data (a web page's scripts).
CODE = (".py", ".pyi", ".pyx", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".lua", ".rb", ".java", ".go", ".rs")
PYTHON = (".py",)
SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
# What a project keeps beside its code for people and tools: no program reads it.
PAPERS = re.compile(
    r"requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt|pyproject\.toml|(?:uv|poetry|pdm)\.lock|Pipfile(?:\.lock)?|setup\.cfg|tox\.ini|pytest\.ini|"
    r"mypy\.ini|ruff\.toml|package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(?:lock|workspace)\.yaml|tsconfig[^/]*\.json|"
    r"(?:README|CHANGELOG|CONTRIBUTING|LICENSE|LICENCE|NOTICE)(?:\..*)?|Makefile|Dockerfile|samconfig\.toml|serverless\.ya?ml|cdk\.json"
)
NEVER = frozenset({"cdk.out", "htmlcov", "node_modules"})


@record
class Outside:
    """An import that the own sources don't answer: the module, and where it is imported."""

    module: str
    file: str
    line: int
    tried: bool = False  # the module goes on without it


@record
class Unknown:
    """What can't be followed: where it stands and what it does."""

    file: str
    line: int
    why: str


@record
class Sources:
    """The files of a function by name, what they import from elsewhere, and the first import that can't be followed."""

    files: tuple[str, ...]
    outside: tuple[Outside, ...] = ()
    unknown: Unknown | None = None


def beside(tree: Tree, modules: Collection[str], others: Collection[str], language: Collection[str]) -> set[str]:
    """The data of modules: files beside them, and in folders below that hold no module, that are neither code nor a project's own papers.

    `others` are the files of other functions' handlers.
    """
    found: set[str] = set()
    taken = (*modules, *others)
    for folder in sorted({name.rpartition("/")[0] for name in modules}):
        for last, sort in tree.names(folder).items():
            name = f"{folder}/{last}" if folder else last
            if sort in (FOLDER, LINKED):
                found.update(_whole(tree, name, taken, tuple(language)))
            elif not last.endswith(CODE) and not PAPERS.fullmatch(last):
                found.add(name)
    return found


def _whole(tree: Tree, folder: str, taken: Collection[str], language: tuple[str, ...]) -> Iterator[str]:
    """The files of a folder that is data through and through."""
    if folder.rpartition("/")[2] in NEVER or any(name.startswith(f"{folder}/") for name in taken):
        return
    below = list(tree.below(folder, lambda name, is_folder: is_folder and name.rpartition("/")[2] in NEVER))
    if not any(name.endswith(language) for name in below):
        yield from below
