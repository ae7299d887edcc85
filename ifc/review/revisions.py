"""An app as it stands at a revision of its git repository: only the files that a compile reads are taken out of it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ifc.diagnostics import Diagnostic, Failure
from ifc.records import record

QUOTED = re.compile(rb'"([^"\\\n]{1,200})"')
LARGEST = 4 * 1024 * 1024  # bytes of a file that a compile could want to read
MISSING = "git is not installed, and revisions are its"
PATIENCE = 120  # seconds for git
OUTPUTS = (".tf.json", ".tf", "template.yaml", "template.json")  # what a folder that is a side is looked into for
DEPTH = 2  # folders: golden files are in one for each target


@record
class Repository:
    """A git repository, and the folder in it that paths are relative to."""

    root: str
    inside: str  # "" at its root, else with a slash at its end

    def tracked(self, path: str) -> str:
        """A path of the user's as the trees of its revisions have it, "" for all; raises Failure where it is outside."""
        whole = os.path.abspath(path)
        found = os.path.relpath(os.path.join(os.path.realpath(os.path.dirname(whole)), os.path.basename(whole)), self.root)
        if found == os.pardir or found.startswith(os.pardir + os.sep):
            raise Failure(
                Diagnostic(
                    "IFC822", f"`{path}` is outside of the git repository of this folder", help="run `ifc diff` in the folder of the app"
                )
            )
        return "" if found == os.curdir else found.replace(os.sep, "/")


def repository(folder: str) -> Repository:
    """The repository around a folder; raises Failure where there is none."""
    try:
        root = git(folder, "rev-parse", "--show-toplevel").decode(errors="surrogateescape").rstrip("\n")
        inside = git(folder, "rev-parse", "--show-prefix").decode(errors="surrogateescape").rstrip("\n")
    except Failure as failure:
        what = "this folder" if folder == "." else f"`{folder}`"
        if failure.diagnostics[0].message == MISSING:
            raise
        raise Failure(
            Diagnostic("IFC822", f"{what} is in no git repository, so it has no revisions", help="name two files, folders or templates")
        ) from None
    return Repository(root, inside)


def commit(folder: str, revision: str) -> str:
    """The commit that a revision names; raises Failure where it names none."""
    repository(folder)
    try:
        found = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except Failure:
        known = _branches(folder)
        help = f"there are {', '.join(f'`{name}`' for name in known)}" if known else "check `git log`"
        if os.environ.get("CI"):
            help += "; in CI, fetch the history: `fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` of GitLab"
        raise Failure(Diagnostic("IFC821", f"there is no revision `{revision}`", help=help)) from None
    return found.decode().strip()


def merge_base(folder: str, one: str, other: str) -> str:
    """The commit at which two revisions parted; raises Failure where they never were one."""
    first, second = commit(folder, one), commit(folder, other)
    try:
        return git(folder, "merge-base", first, second).decode().split()[0]
    except (Failure, IndexError):
        raise Failure(
            Diagnostic(
                "IFC821",
                f"`{one}` and `{other}` have no commit in common",
                help="in a shallow clone, fetch the history: `git fetch --unshallow`",
            )
        ) from None


@contextmanager
def checked_out(repository: Repository, revision: str, wanted: str) -> Iterator[str]:
    """A folder with what stands at a path at a revision, and the files that a compile of it reads; gives the path there.

    Raises Failure where it leads over a link, which is not followed.
    """
    tree, links = _tree(repository.root, commit(repository.root, revision), wanted)
    linked = next((link for link in links if f"{wanted}/".startswith(f"{link}/")), None)
    if linked is not None:
        raise Failure(
            Diagnostic("IFC822", f"`{linked}` is a link at that revision, and links are not followed", help="name what it leads to")
        )
    sources = [path for path in tree if path.endswith(".ifc")]
    named = [path for path in tree if path not in sources and _within(path, wanted)]
    with tempfile.TemporaryDirectory(prefix="ifc-diff-") as folder:
        os.mkdir(os.path.join(folder, ".git"))  # imports stay inside the repository
        words = {word for _, content in _write(repository.root, folder, tree, sources) for word in QUOTED.findall(content)}
        texts = {word.decode("utf-8", "replace") for word in words}
        others = {*named, *(path for path in tree if path not in sources and _named(path, texts))}
        for _ in _write(repository.root, folder, tree, sorted(others)):
            pass
        here = os.path.join(folder, repository.inside)
        os.makedirs(here, exist_ok=True)
        yield here


def _within(path: str, wanted: str) -> bool:
    """Whether a file is what is wanted, or one of the outputs in a folder that is."""
    if path == wanted:
        return True
    inner = path.startswith(f"{wanted}/") if wanted else True
    return inner and path.count("/") - f"{wanted}/".lstrip("/").count("/") < DEPTH and path.endswith(OUTPUTS)


def _named(path: str, texts: set[str]) -> bool:
    """Whether a text of the sources may name a file: by its path, or as a handler by its path without the suffix."""
    name = path.rpartition("/")[2]
    stem = name.partition(".")[0]
    for text in texts:
        last = text.rpartition("/")[2]
        if last == name or (last.startswith(f"{stem}.") and stem) or f".{stem}." in f".{last}":
            return True
    return False


def _tree(root: str, commit: str, wanted: str) -> tuple[dict[str, str], list[str]]:
    """The files of a commit, their blobs by path, and its links; what is too large is left out, unless it is what is wanted."""
    found, links = {}, []
    for line in git(root, "ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0"):
        about, _, path = line.partition(b"\t")
        words = about.split()
        name = path.decode("utf-8", "surrogateescape")
        if words[:1] == [b"120000"]:
            links.append(name)
        elif len(words) == 4 and words[1] == b"blob" and (int(words[3]) <= LARGEST or name == wanted or name.endswith(OUTPUTS)):
            found[name] = words[2].decode()
    return found, links


def _write(root: str, folder: str, tree: dict[str, str], paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Writes files of a commit into a folder, and gives the content of each."""
    if not paths:
        return
    wanted = "".join(f"{tree[path]}\n" for path in paths)
    content = git(root, "cat-file", "--batch", given=wanted.encode())
    at = 0
    for path in paths:
        end = content.index(b"\n", at)
        size = int(content[at:end].split()[2])
        blob = content[end + 1 : end + 1 + size]
        at = end + 2 + size
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as stream:
            stream.write(blob)
        yield path, blob


def _branches(folder: str) -> list[str]:
    """A few branches that there are."""
    try:
        lines = git(folder, "for-each-ref", "--format=%(refname:short)", "--count=5", "refs/heads", "refs/remotes").decode(errors="replace")
    except Failure:
        return []
    return sorted(line for line in lines.splitlines() if line)[:5]


def git(folder: str, *words: str, given: bytes = b"") -> bytes:
    """What git prints; raises Failure where it is not there or fails."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(["git", *words], cwd=folder, input=given, capture_output=True, timeout=PATIENCE, env=environment, check=False)
    except FileNotFoundError:
        raise Failure(Diagnostic("IFC822", MISSING, help="install git, or name two files")) from None
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Failure(Diagnostic("IFC822", f"git did not answer: {problem}", help="try `git status` there")) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Failure(Diagnostic("IFC822", f"git failed: {said[-1] if said else done.returncode}", help="try the same with git"))
    return done.stdout
