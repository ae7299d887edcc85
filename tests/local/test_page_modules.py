"""The modules of the page: how they stand together, without a browser."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter

from ifc.local.control import PAGE

IMPORT = re.compile(r'^import (?:\{ (?P<names>[^}]+) \} from )?"\./(?P<module>[^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function|const|let) (\w+)", re.MULTILINE)
MODULES = {path.name: path.read_text(encoding="utf-8") for path in sorted(PAGE.glob("*.js"))}


def imports(module: str) -> dict[str, set[str]]:
    """What a module imports: the names by the module that they are from."""
    found = {m["module"]: set((m["names"] or "").split(", ")) - {""} for m in IMPORT.finditer(MODULES[module])}
    assert len(found) == len(re.findall(r"\bimport\b[^;]*;", MODULES[module])), module  # none is written in another way
    return found


def test_the_modules_are_a_tree_of_which_all_is_used() -> None:
    """From `app.js` each module is reached and none imports itself by way of others, which a module that runs at once can't bear."""
    order = list(TopologicalSorter({name: imports(name) for name in MODULES}).static_order())
    assert sorted(order) == sorted(MODULES)
    reached, left = set(), ["app.js"]
    while left:
        name = left.pop()
        reached.add(name)
        left.extend(set(imports(name)) - reached)
    assert reached == set(MODULES)


def test_what_is_imported_is_exported_and_used() -> None:
    """No module asks another for what it doesn't have, or has something for others that none asks for."""
    exported = {(name, each) for name in MODULES for each in EXPORT.findall(MODULES[name])}
    imported = {(other, each) for name in MODULES for other, names in imports(name).items() for each in names}
    assert imported == exported
    for name, text in MODULES.items():
        body = IMPORT.sub("", text)
        assert not [each for names in imports(name).values() for each in names if not re.search(rf"\b{each}\b", body)], name


def test_each_module_says_what_it_is_about() -> None:
    """The first line of each is one sentence, alone."""
    first = re.compile(r"// [A-Z][^.]*(?:\.[a-z][^.]*)*\.\n\n")
    assert [name for name, text in MODULES.items() if not first.match(text)] == []
