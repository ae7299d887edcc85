"""What one Python file imports, as far as its text tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast

# Calls that import by a name which may be made while the program runs; the argument that holds it is the first.
LOADERS = {"importlib.import_module", "__import__", "importlib.__import__"}
# Calls that look for code, or data, in ways that can't be followed.
SEEKERS = {
    "importlib.util.spec_from_file_location",
    "importlib.machinery.SourceFileLoader",
    "pkgutil.iter_modules",
    "pkgutil.walk_packages",
    "pkgutil.extend_path",
    "pydoc.locate",
    "runpy.run_module",
    "runpy.run_path",
    "site.addsitedir",
    "zipimport.zipimporter",
}
# Where a module's data is asked for by the module's name.
OWNERS = {"importlib.resources.files", "importlib.resources.read_text", "importlib.resources.read_binary", "pkgutil.get_data"}


def imports(content: bytes) -> dict[str, Any]:
    """What a module imports, as JSON: `names` (level, module, its names, line, whether it is tried), and `unknown`: what can't be followed, with its line.

    Imports for type checkers alone are left out, and so is what only runs when the file is started as a program.
    """
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in the user's strings
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        line = getattr(problem, "lineno", None) or 1
        return {"names": [], "unknown": [[line, "is not read by this Python"]], "all": []}
    found = _Found()
    found.block(tree.body)
    return {"names": found.names, "unknown": found.unknown, "all": found.all}


class _Found:
    """What is found in a module."""

    def __init__(self) -> None:
        self.names: list[list[Any]] = []
        self.unknown: list[list[Any]] = []
        self.all: list[str] = []
        self.tried = False  # whether the module goes on without what is imported here
        self.aliases: dict[str, str] = {}  # what the module calls things of others

    def block(self, statements: list[ast.stmt]) -> None:
        """Looks at statements and all that is in them."""
        import ast

        waiting: list[tuple[ast.AST, bool]] = [(node, False) for node in reversed(statements)]
        while waiting:
            node, self.tried = waiting.pop()
            if isinstance(node, ast.If) and (_for_checkers(node.test) or _as_program(node.test)):
                waiting += [(child, self.tried) for child in reversed(node.orelse)]
                continue
            self.look(node)
            maybe: list[ast.AST] = []
            if isinstance(node, ast.Try) and any(map(_catches, node.handlers)):
                maybe = [*node.body]
            elif isinstance(node, ast.If) and _on_some_systems(node.test):
                maybe = [*node.body, *node.orelse]
            waiting += [(child, self.tried or child in maybe) for child in reversed(list(ast.iter_child_nodes(node)))]

    def look(self, node: ast.AST) -> None:
        """Takes down what one node says."""
        import ast

        if isinstance(node, ast.Import):
            for alias in node.names:
                self.names.append([0, alias.name, [], node.lineno, self.tried])
                self.aliases[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            self.names.append([node.level, node.module or "", [alias.name for alias in node.names], node.lineno, self.tried])
            if not node.level:
                self.aliases.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        elif isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(self.name(target) in ("sys.path", "__path__") for target in targets):
                self.unknown.append([node.lineno, "changes where modules are looked for"])
            elif any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                self.all += [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]

    def call(self, node: ast.Call) -> None:
        """Takes down a call that imports."""
        import ast

        name = self.name(node.func)
        written = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        if name in LOADERS:
            if not isinstance(written, str) or (written.startswith(".") and not self.here(node)):
                self.unknown.append([node.lineno, f"imports by a name made while it runs: `{name}`"])
                return
            level = len(written) - len(written.lstrip("."))
            self.names.append([level, written[level:], [], node.lineno, self.tried])
        elif name in SEEKERS:
            self.unknown.append([node.lineno, f"looks for modules while it runs: `{name}`"])
        elif name in OWNERS and isinstance(written, str):
            self.names.append([0, written, [], node.lineno, True])
        elif name.startswith("sys.path.") or name == "__path__.append":
            self.unknown.append([node.lineno, "changes where modules are looked for"])

    def here(self, node: ast.Call) -> bool:
        """Whether a relative name is relative to this module's own package."""
        import ast

        package = node.args[1] if len(node.args) > 1 else next((k.value for k in node.keywords if k.arg == "package"), None)
        return isinstance(package, ast.Name) and package.id in ("__package__", "__name__")

    def name(self, node: ast.AST) -> str:
        """A dotted name with what the module calls things taken back: `im.import_module` → `importlib.import_module`."""
        import ast

        steps: list[str] = []
        while isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.aliases.get(node.id, node.id), *reversed(steps)])


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether it goes on where there is no such module."""
    import ast

    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else {"Exception"}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def _on_some_systems(test: ast.expr) -> bool:
    """Whether it asks for the Python or the system that runs it."""
    import ast

    return any(isinstance(node, ast.Attribute) and node.attr in ("version_info", "platform", "name") for node in ast.walk(test))


def _for_checkers(test: ast.expr) -> bool:
    """Whether it is `TYPE_CHECKING`."""
    import ast

    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING")


def _as_program(test: ast.expr) -> bool:
    """Whether it is `__name__ == "__main__"`."""
    import ast

    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = {ast.dump(test.left), ast.dump(test.comparators[0])}
    return sides == {ast.dump(ast.Name("__name__", ast.Load())), ast.dump(ast.Constant("__main__"))}
