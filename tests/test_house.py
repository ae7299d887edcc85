"""The house: layers, what a compile may import, the generated parser, and what the package brings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import lark
import pytest

from ifc.kinds import kinds, load
from ifc.syntax import generate, lark_parser
from ifc.verbs import VERBS
from tests.agreed import ROOT

PACKAGE = ROOT / "ifc"
# A module imports from its own line or from lines above it.
LAYERS = (
    ("records",),
    ("source", "values", "verbs", "runtimes", "codes", "output"),
    ("diagnostics", "allowances"),
    ("suppressions",),
    ("syntax",),
    ("model",),
    ("where", "exports", "handlers", "code"),
    ("plan",),
    ("aws",),
    ("cron", "delivery", "encryption", "expectation", "gradual", "polling", "routes"),
    ("kinds",),
    ("flow",),
    ("guarantees",),
    ("ways",),
    ("checks",),
    ("resolve",),
    ("lower",),
    ("compiler",),
    ("graph", "paths", "pictures", "render", "explanation"),
    ("build",),
    ("targets",),
    ("cost",),
    ("permissions", "review", "golden"),
    ("local", "deploy"),
    ("cli",),
    ("commands",),
    ("__main__", "__init__"),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def modules() -> list[Path]:
    """Every module of the package but the generated one."""
    return [p for p in sorted(PACKAGE.rglob("*.py")) if p.name != "lark_parser.py"]


def layer(path: Path) -> str:
    """The layer that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_down_the_road(path: Path) -> None:
    """A module imports nothing from a layer below its own (what is only for type checkers aside)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(n) for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) for n in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in skipped and node.module and node.module.startswith("ifc."):
            target = node.module.split(".")[1]
            assert RANK[target] <= RANK[layer(path)], f"line {node.lineno}: {layer(path)} imports {target}"


def test_the_parser_is_the_grammar() -> None:
    """The shipped tables were made from grammar/ifc.lark as it is."""
    assert generate.digest() == lark_parser.GRAMMAR, "run: python -m ifc.syntax.generate"


def test_the_grammar_is_small_and_strict() -> None:
    """The grammar is LALR(1) without a conflict that lark resolves by itself, and has about 20 rules."""
    text = generate.GRAMMAR.read_text(encoding="utf-8")
    lark.Lark(text, parser="lalr", strict=True)
    assert len(re.findall(r"^\??[a-z]+:", text, re.M)) <= 20


@pytest.mark.parametrize(
    ("target", "other"), [("cfn", {"ifc.targets.terraform"}), ("terraform", {"ifc.targets.cfn", "troposphere", "yaml"})]
)
def test_a_compile_imports_little(target: str, other: set[str], tmp_path: Path) -> None:
    """A plain compile never loads what only other commands or the other target need."""
    code = (
        "import sys; from ifc.cli import main; code = main(['compile', 'examples/orders/app.ifc', '--target', sys.argv[1], '-o', sys.argv[2]]);"
        "print('\\n'.join(sorted(sys.modules))); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, target, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(done.stdout.split())
    never = {"lark", "networkx", "difflib", "zipfile", "numpy", "shtab", "pathlib", "tempfile", "ifc.graph", "ifc.explanation", "ifc.codes"}
    assert not loaded & (never | other) - {"tempfile", "pathlib"}
    services = {m for m in loaded if m.startswith("ifc.kinds.")}
    assert services <= {f"ifc.kinds.{k}" for k in ("api", "bucket", "bus", "function", "queue", "schedule", "table", "topic")}


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_documents_itself(kind: str) -> None:
    """Each setting of a kind has a sentence, its verbs are verbs, and what a verb passes on is an attribute."""
    from ifc.model.settings import settings_of

    cls = load(kind)
    assert all(s.doc for s in settings_of(cls).values())
    assert set(cls.verbs) <= set(VERBS)
    if cls.verbs:
        assert cls.address[1] in cls.attributes
    if cls.doc:
        assert cls.example.startswith(kind)
