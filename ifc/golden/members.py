"""The apps that have golden files: found from what `[tool.ifc]` says, and read as far as their names and params."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping, Sequence

from ifc.diagnostics import Diagnostic, Failure, Report, near
from ifc.golden.settings import SECTION, Settings, at, from_here, shown, unknown_param
from ifc.records import record
from ifc.resolve.files import load, main_file
from ifc.syntax import tree

NAME = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"  # of an app; another one is a mistake in its source, and is no folder's name either
NAMELESS = ".nameless"  # stands for a name that can't be read: such an app doesn't compile, and nothing is read or written there


@record
class Member:
    """An app: its file, and what its source says of its name and its params; None where that can't be read."""

    path: str  # absolute
    name: str | None
    params: frozenset[str] | None

    @property
    def title(self) -> str:
        """What it is called in messages."""
        return self.name or shown(self.path)


@record
class Case:
    """What is compared as one: an app for a stage and a target, and where its golden files lie."""

    member: Member
    stage: str | None
    target: str
    params: Mapping[str, str]
    golden: str  # the folder of all golden files
    name: str  # of the folder in it, the app's unless a test chose another

    @property
    def id(self) -> str:
        """`orders-cfn`, `orders-prod-cfn`."""
        return "-".join((self.member.title, *([self.stage] if self.stage else []), self.target))

    @property
    def home(self) -> str:
        """`golden/NAME`."""
        return os.path.join(self.golden, self.name)

    @property
    def inner(self) -> str:
        """`TARGET`, or `STAGE/TARGET` where stages are named."""
        return f"{self.stage}/{self.target}" if self.stage else self.target

    @property
    def folder(self) -> str:
        """`golden/NAME/TARGET`, or `golden/NAME/STAGE/TARGET`."""
        return os.path.join(self.home, self.inner)


def members(settings: Settings) -> list[Member]:
    """The apps of `[tool.ifc]` in the order in which it names them; Failure for a name that leads to none, and for two apps of one name."""
    found: dict[str, Member] = {}
    wrong: list[Diagnostic] = []
    for entry in settings.apps:
        try:
            paths = _paths(settings, entry)
        except Failure as failure:
            wrong += failure.diagnostics
            continue
        for path in paths:
            if os.path.realpath(path) not in found:
                found[os.path.realpath(path)] = member(path)
    if wrong:
        raise Failure(*wrong)
    read = list(found.values())
    _none_among_the_golden(settings, read)
    _told_apart(settings, read)
    _params_are_known(settings, read)
    return read


def member(path: str) -> Member:
    """The app of a file."""
    try:
        files = load(from_here(path), Report())
    except Failure:
        return Member(path, None, None)
    statements = [s for file in files for s in file.statements]
    whole = not any(isinstance(s, tree.Broken) for s in statements)
    declarations = [(word.text, _name(s)) for s in statements if isinstance(s, tree.Declaration) and (word := tree.head_word(s))]
    names = [name for word, name in declarations if word == "app"]
    params = frozenset(name for word, name in declarations if word == "param" and name)
    name = names[0] if names and re.fullmatch(NAME, names[0] or "") else None
    return Member(path, name, params if whole else None)


def chosen(members: Sequence[Member], names: Sequence[str]) -> list[Member]:
    """The apps of these names or paths, all without any; Failure for one that is no app's."""
    if not names:
        return list(members)
    wanted: list[Member] = []
    for name in names:
        fits = [m for m in members if name == m.name] or [m for m in members if os.path.abspath(name) in (m.path, os.path.dirname(m.path))]
        if not fits:
            known = [m.title for m in members]
            close = near(name, known)
            help = f"write `--app {close}`" if close else f"there are {', '.join(f'`{k}`' for k in known)}"
            raise Failure(Diagnostic("IFC808", f"`{SECTION}` has no app `{name}`", help=help))
        wanted += [m for m in fits if m not in wanted]
    return wanted


def cases(settings: Settings, members: Sequence[Member]) -> list[Case]:
    """Every app for every stage and target."""
    return [case(settings, m, stage, target) for m in members for stage in settings.stages for target in settings.targets]


def case(settings: Settings, member: Member, stage: str | None, target: str) -> Case:
    """One of them, with the params that the app declares of those that are given."""
    given = settings.values(stage)
    params = {name: value for name, value in given.items() if member.params is None or name in member.params}
    return Case(member, stage, target, params, settings.golden, member.name or NAMELESS)


def _paths(settings: Settings, entry: str) -> list[str]:
    """The files that an entry of `apps` means."""
    if not glob.has_magic(entry) or os.path.lexists(os.path.join(settings.root, entry)):
        return [_file(settings, entry)]
    found: list[str] = []
    for name in sorted(glob.glob(entry, root_dir=settings.root, recursive=True)):
        path = os.path.normpath(os.path.join(settings.root, name))
        if name.endswith(".ifc") and os.path.isfile(path):
            found.append(path)
        elif os.path.isdir(path) and any(inside.endswith(".ifc") for inside in os.listdir(path)):
            found.append(_file(settings, name))
    if not found:
        help = "a pattern is of .ifc files or of folders that hold one, from the folder of the file above"
        raise Failure(Diagnostic("IFC808", f"no app fits `{entry}`", at(settings, "apps", "fits nothing"), help))
    return found


def _file(settings: Settings, entry: str) -> str:
    """The file that a path means, itself or the app of a folder."""
    path = os.path.normpath(os.path.join(settings.root, entry))
    if not os.path.exists(path):
        help = f"paths start at the folder of `{shown(settings.file)}`"
        raise Failure(Diagnostic("IFC808", f"there is no app `{entry}`", at(settings, "apps", "not there"), help))
    try:
        return main_file(path) if os.path.isdir(path) else path
    except Failure:
        help = "name the app's .ifc file"
        message = f"the folder `{entry}` holds no app.ifc, and not one .ifc file alone"
        raise Failure(Diagnostic("IFC808", message, at(settings, "apps", "no app"), help)) from None


def _name(statement: tree.Declaration) -> str | None:
    """The name that stands behind the first word of a declaration."""
    node = statement.head[1][0] if len(statement.head) > 1 else None
    return node.text if isinstance(node, tree.Word) else None


def _told_apart(settings: Settings, members: Sequence[Member]) -> None:
    """Refuses two apps whose golden files would lie in one folder, also where a file system doesn't tell capitals."""
    first: dict[str, Member] = {}
    for one in members:
        if one.name is None:
            continue
        other = first.setdefault(one.name.casefold(), one)
        if other is not one:
            message = f"the apps in `{shown(other.path)}` and `{shown(one.path)}` are both called `{one.name}`"
            if other.name != one.name:
                message = (
                    f"the apps in `{shown(other.path)}` and `{shown(one.path)}` are called `{other.name}` and `{one.name}`, "
                    "which only capitals tell apart, and some file systems don't"
                )
            help = "rename one of them: golden files lie in a folder of the app's name"
            raise Failure(Diagnostic("IFC809", message, at(settings, "apps", "two of one name"), help))


def _none_among_the_golden(settings: Settings, members: Sequence[Member]) -> None:
    """Refuses an app whose source lies where files are removed that ifc doesn't write."""
    golden = os.path.realpath(settings.golden) + os.sep
    for one in members:
        if os.path.realpath(one.path).startswith(golden):
            message = f"the app `{shown(one.path)}` lies in `{shown(settings.golden)}`, the folder of the golden files"
            help = "let `golden` name a folder in which nothing else lies"
            raise Failure(Diagnostic("IFC808", message, at(settings, "golden", "holds an app") or at(settings, "apps"), help))


def _params_are_known(settings: Settings, members: Sequence[Member]) -> None:
    """Refuses a param that no app declares."""
    if any(m.params is None for m in members):
        return  # what can't be read may declare it
    declared = {name for m in members for name in m.params or ()}
    given = dict.fromkeys([*settings.params, *(name for values in settings.staged.values() for name in values)])
    wrong = [unknown_param(settings, name, declared) for name in given if name not in declared]
    if wrong:
        raise Failure(*wrong)
