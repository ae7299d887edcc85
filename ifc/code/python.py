"""Calls of boto3 in Python handlers: names, aliases, attributes, and what functions are given and give back are followed.

What a name is, is told without the order of statements: one that is bound twice may be either. A call is told only where it is
certain that the handler's code reaches it.
"""

from __future__ import annotations

import ast  # attrs has loaded it already
from collections.abc import Iterator
from typing import Any, TypeAlias

from ifc.code import boto
from ifc.code.calls import Call, Either, Literal, Place, Reading, Variable
from ifc.code.sdk import plain
from ifc.code.sources import Package, PythonFile
from ifc.records import light, record

DEEPEST = 40  # steps that a value is followed
ROUNDS = 6  # in which functions are found that are passed about
MANY = 8  # values of a name, or calls of a function, that are still told apart
LONGEST = 256  # characters of a text that may name something
# Decorators that register nothing.
HARMLESS = {
    *("abstractmethod", "cache", "cached_property", "classmethod", "contextmanager", "lru_cache", "property", "staticmethod", "wraps"),
    *("capture", "capture_lambda_handler", "capture_method", "inject_lambda_context", "log_metrics"),  # Powertools and X-Ray
}
# What makes names or code while it runs: then anything may be called.
DYNAMIC = {"getattr", "setattr", "globals", "locals", "vars", "exec", "eval", "__import__", "import_module", "methodcaller"}
CONSTRUCTING = ("__init__", "__call__", "__enter__", "__new__", "__post_init__")


class Unit:
    """A module's own statements, or a function with all that stands in it but further functions."""

    def __init__(self, module: Module, node: Any, parent: Unit | None, owner: Class | None = None) -> None:
        self.module, self.node, self.parent, self.owner = module, node, parent, owner
        self.name: str = getattr(node, "name", "")
        self.bound: dict[str, list[_Bound]] = {}
        self.calls: list[ast.Call] = []
        self.loads: set[str] = set()  # names, but for those that are called
        self.called: set[str] = set()
        self.attributes: set[str] = set()
        self.strings: set[str] = set()
        self.returns: list[ast.expr] = []
        self.globals: set[str] = set()
        self.inner: list[Unit] = []
        self.roots: set[str] = set()  # of its decorators: `app` of `@app.get("/")`
        self.decorators: set[str] = set()  # their last names
        self.dynamic = False  # makes names or code while it runs


class Class:
    """A class of the handler's own code."""

    def __init__(self, node: ast.ClassDef, unit: Unit) -> None:
        self.node, self.unit = node, unit
        self.methods: dict[str, Unit] = {}
        self.fields: dict[str, list[_Bound]] = {}


class Module:
    """A file of Python as it is looked through, once however many handlers are in it."""

    def __init__(self, file: PythonFile) -> None:
        self.file = file
        self.functions: list[Unit] = []
        self.classes: list[Class] = []
        self.imports: set[str] = set()  # what it imports, by full names
        self.root = Unit(self, file.tree, None)
        _Collecting(self).run()


# --- what a name may be ---


@record
class _Bound:
    """One binding of a name: how (value, item, part, function, class, import, from, parameter, unknown), by which node, in which unit."""

    how: str
    node: Any
    unit: Unit
    more: Any = None


@light
class Function:
    """A function of the handler's own code, perhaps bound to an object."""

    unit: Any
    bound: bool = False


@light
class Object:
    """A class of the handler's own code (`made`: an object of it)."""

    of: Any
    made: bool = True


@light
class Own:
    """A module of the handler's own code."""

    module: Any


@light
class Table:
    """A dict or a list as it stands in the code."""

    node: Any
    unit: Any


Values: TypeAlias = frozenset[Any]  # of the above, of `boto`'s, and places
NOTHING: Values = frozenset()
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)

# --- collecting ---

_Waiting: TypeAlias = list[tuple[Any, Unit, "Class | None"]]


class _Collecting:
    """Looks through a module once; without recursion, as code may be nested deeper than Python's stack."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def run(self) -> None:
        """Fills the module."""
        root = self.module.root
        waiting: _Waiting = [(node, root, None) for node in reversed(root.node.body)]
        while waiting:
            node, unit, owner = waiting.pop()
            look = _LOOKS.get(node.__class__)
            more = look(self, node, unit, owner) if look is not None else None
            if more is not None:
                waiting += more
                continue
            for value in node.__dict__.values():
                if value.__class__ is list:
                    waiting += [(child, unit, None) for child in value if isinstance(child, ast.AST)]
                elif isinstance(value, ast.AST) and not isinstance(value, _PLAIN):
                    waiting.append((value, unit, None))

    def bind(self, target: Any, bound: _Bound, owner: Class | None) -> None:
        """Notes what a target is bound to."""
        unit = bound.unit
        if isinstance(target, ast.Name):
            if owner is not None:
                owner.fields.setdefault(target.id, []).append(bound)
            else:
                where = self.module.root if target.id in unit.globals else unit
                where.bound.setdefault(target.id, []).append(bound)
        elif isinstance(target, ast.Attribute):
            if unit.owner is not None and isinstance(target.value, ast.Name) and target.value.id in ("self", "cls"):
                unit.owner.fields.setdefault(target.attr, []).append(bound)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = bound.node.elts if bound.how == "value" and isinstance(bound.node, ast.Tuple | ast.List) else []
            whole = len(parts) == len(target.elts)
            for index, part in enumerate(target.elts):
                self.bind(part, _Bound("value", parts[index], unit) if whole else _Bound("unknown", bound.node, unit), owner)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, _Bound("unknown", bound.node, unit), owner)

    def function(self, node: Any, unit: Unit, owner: Class | None) -> _Waiting:
        inner = Unit(self.module, node, unit, owner)
        self.module.functions.append(inner)
        unit.inner.append(inner)
        if owner is not None:
            owner.methods.setdefault(node.name, inner)
        else:
            unit.bound.setdefault(node.name, []).append(_Bound("function", inner, unit))
        for decorator in node.decorator_list:
            inside = decorator.func if isinstance(decorator, ast.Call) else decorator
            inner.decorators.add(getattr(inside, "attr", getattr(inside, "id", "")))
            while isinstance(inside, ast.Attribute):
                inside = inside.value
            if isinstance(inside, ast.Name) and inside is not decorator:
                inner.roots.add(inside.id)
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
        for index, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
            inner.bound[argument.arg] = [_Bound("parameter", argument.arg, inner, (index, default))]
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            inner.bound[argument.arg] = [_Bound("parameter", argument.arg, inner, (None, default))]
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                inner.bound[rest.arg] = [_Bound("unknown", rest, inner)]
        outside = [*node.decorator_list, *arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
        return [*((child, inner, None) for child in reversed(node.body)), *((child, unit, None) for child in outside)]

    def class_(self, node: ast.ClassDef, unit: Unit, owner: Class | None) -> _Waiting:
        found = Class(node, unit)
        self.module.classes.append(found)
        if owner is None:
            unit.bound.setdefault(node.name, []).append(_Bound("class", found, unit))
        outside = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        return [*((child, unit, found) for child in reversed(node.body)), *((child, unit, None) for child in outside)]

    def assign(self, node: ast.Assign, unit: Unit, owner: Class | None) -> _Waiting:
        for target in node.targets:
            self.bind(target, _Bound("value", node.value, unit), owner)
        return [(node.value, unit, None), *((t, unit, None) for t in node.targets if not isinstance(t, ast.Name))]

    def annotated(self, node: ast.AnnAssign, unit: Unit, owner: Class | None) -> _Waiting:
        if node.value is None:
            return []
        self.bind(node.target, _Bound("value", node.value, unit), owner)
        return [(node.value, unit, None)]

    def augmented(self, node: ast.AugAssign, unit: Unit, owner: Class | None) -> None:
        self.bind(node.target, _Bound("unknown", node.value, unit), owner)

    def named(self, node: ast.NamedExpr, unit: Unit, owner: Class | None) -> None:
        self.bind(node.target, _Bound("value", node.value, unit), None)

    def loop(self, node: Any, unit: Unit, owner: Class | None) -> None:
        self.bind(node.target, _Bound("item", node.iter, unit), None)

    def with_(self, node: Any, unit: Unit, owner: Class | None) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self.bind(item.optional_vars, _Bound("value", item.context_expr, unit), None)

    def import_(self, node: ast.Import, unit: Unit, owner: Class | None) -> _Waiting:
        for alias in node.names:
            self.module.imports.add(alias.name)
            name = alias.asname or alias.name.split(".")[0]
            unit.bound.setdefault(name, []).append(_Bound("import", alias.name, unit, bool(alias.asname)))
        return []

    def from_(self, node: ast.ImportFrom, unit: Unit, owner: Class | None) -> _Waiting:
        if not node.level and node.module:
            self.module.imports.add(node.module)
        for alias in node.names:
            what = (node.level, node.module or "", alias.name)
            unit.bound.setdefault(alias.asname or alias.name, []).append(_Bound("from", what, unit))
        return []

    def call(self, node: ast.Call, unit: Unit, owner: Class | None) -> _Waiting | None:
        unit.calls.append(node)
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if called in DYNAMIC:
            name = node.args[1] if called == "getattr" and len(node.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                unit.attributes.add(name.value)
            else:
                unit.dynamic = True
        if not isinstance(node.func, ast.Name):
            return None
        unit.called.add(node.func.id)
        return [(child, unit, None) for child in (*node.args, *node.keywords)]

    def name(self, node: ast.Name, unit: Unit, owner: Class | None) -> _Waiting:
        unit.loads.add(node.id)
        return []

    def attribute(self, node: ast.Attribute, unit: Unit, owner: Class | None) -> _Waiting:
        unit.attributes.add(node.attr)
        return [(node.value, unit, None)]

    def constant(self, node: ast.Constant, unit: Unit, owner: Class | None) -> _Waiting:
        if node.value.__class__ is str and len(node.value) <= LONGEST:
            unit.strings.add(node.value)
        return []

    def return_(self, node: Any, unit: Unit, owner: Class | None) -> None:
        if node.value is not None:
            unit.returns.append(node.value)

    def global_(self, node: ast.Global, unit: Unit, owner: Class | None) -> _Waiting:
        unit.globals |= set(node.names)
        return []

    def lambda_(self, node: ast.Lambda, unit: Unit, owner: Class | None) -> None:
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            unit.bound.setdefault(argument.arg, []).append(_Bound("unknown", argument, unit))

    def if_(self, node: ast.If, unit: Unit, owner: Class | None) -> _Waiting:
        if _never(node.test):
            return [(child, unit, owner) for child in reversed(node.orelse)]
        return [*((child, unit, owner) for child in reversed([*node.body, *node.orelse])), (node.test, unit, None)]

    def try_(self, node: Any, unit: Unit, owner: Class | None) -> _Waiting:
        handlers = [statement for handler in node.handlers for statement in handler.body]
        for handler in node.handlers:
            if handler.name:
                unit.bound.setdefault(handler.name, []).append(_Bound("unknown", handler, unit))
        types: _Waiting = [(handler.type, unit, None) for handler in node.handlers if handler.type is not None]
        return [*((child, unit, owner) for child in reversed([*node.body, *handlers, *node.orelse, *node.finalbody])), *types]


_PLAIN = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
_LOOKS: dict[type, Any] = {
    ast.FunctionDef: _Collecting.function,
    ast.AsyncFunctionDef: _Collecting.function,
    ast.ClassDef: _Collecting.class_,
    ast.Assign: _Collecting.assign,
    ast.AnnAssign: _Collecting.annotated,
    ast.AugAssign: _Collecting.augmented,
    ast.NamedExpr: _Collecting.named,
    ast.For: _Collecting.loop,
    ast.AsyncFor: _Collecting.loop,
    ast.comprehension: _Collecting.loop,
    ast.With: _Collecting.with_,
    ast.AsyncWith: _Collecting.with_,
    ast.Import: _Collecting.import_,
    ast.ImportFrom: _Collecting.from_,
    ast.Call: _Collecting.call,
    ast.Name: _Collecting.name,
    ast.Attribute: _Collecting.attribute,
    ast.Constant: _Collecting.constant,
    ast.Return: _Collecting.return_,
    ast.Yield: _Collecting.return_,
    ast.Global: _Collecting.global_,
    ast.Lambda: _Collecting.lambda_,
    ast.If: _Collecting.if_,
    ast.Try: _Collecting.try_,
}


def _never(test: ast.expr) -> bool:
    """Whether a test holds only where the file is started as a program, or for type checkers."""
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name):
        return test.left.id == "__name__" and isinstance(test.ops[0], ast.Eq)
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


# --- following ---


class Following:
    """What one handler reaches."""

    def __init__(self, package: Package, modules: dict[str, Module]) -> None:
        self.package, self.modules = package, modules
        self.sites: dict[int, list[tuple[ast.Call, Unit, bool]]] = {}  # by the function called: the call, where, whether it has a self
        self.passed: set[int] = set()  # functions that are passed about: they may be called with anything
        self.memo: dict[int, Values] = {}
        self.active: set[int] = set()
        self.reached: dict[int, Unit] = {}
        self.imported: dict[str, Module] = {}

    def start(self, file: PythonFile, function: str) -> bool:
        """Finds what a handler reaches; whether its function is there."""
        module = self.module(file)
        for one in self.package.above(file.name):
            self.module(one)
        found = [v for v in self.looked_up(function, module.root, 0) if isinstance(v, Function | Object)]
        for value in found:
            self.reach(value)
        for _ in range(ROUNDS):
            before = len(self.reached), sum(map(len, self.sites.values())), len(self.passed)
            self.memo.clear()
            followed: set[int] = set()
            while len(followed) < len(self.reached):
                for unit in list(self.reached.values()):
                    if id(unit) not in followed:
                        followed.add(id(unit))
                        self.follow(unit)
            if not self.passes_code():
                break
            if before == (len(self.reached), sum(map(len, self.sites.values())), len(self.passed)):
                break
        self.memo.clear()
        return bool(found)

    def passes_code(self) -> bool:
        """Whether a function is called with something that has code of its own, so that more may be reached."""
        passive = (Literal, Variable, Either, Table, boto.Unknown)
        for sites in self.sites.values():
            for call, where, _ in sites:
                for node in (*call.args, *(keyword.value for keyword in call.keywords)):
                    if any(not isinstance(value, passive) for value in self.values(node, where)):
                        return True
        return False

    def module(self, file: PythonFile) -> Module:
        """A file that is imported, whose own statements run."""
        known = self.modules.get(file.path)
        if known is None:
            known = self.modules[file.path] = Module(file)
        if file.path not in self.imported:
            self.imported[file.path] = known
            self.reached[id(known.root)] = known.root
        return known

    def reach(self, value: Any) -> None:
        """Notes a function, or a class that is made or called."""
        if isinstance(value, Function):
            self.reached.setdefault(id(value.unit), value.unit)
        elif isinstance(value, Object):
            for name in CONSTRUCTING:
                for method in self.member(value.of, name):
                    if isinstance(method, Function):
                        self.reached.setdefault(id(method.unit), method.unit)

    def follow(self, unit: Unit) -> None:
        """Follows the imports, the calls and the names of a unit."""
        for bounds in unit.bound.values():
            for bound in bounds:
                if bound.how in ("import", "from"):
                    self.run_import(bound)
        for inner in unit.inner:
            # What is registered with something that the reached code uses: `@app.get("/")`.
            if inner.roots and not inner.decorators & HARMLESS and self.uses(inner.roots, unit):
                self.reached.setdefault(id(inner), inner)
                self.passed.add(id(inner))
        for call in unit.calls:
            for value in self.values(call.func, unit):
                self.reach(value)
                self.note(value, call, unit)
            for argument in (*call.args, *(k.value for k in call.keywords)):
                if isinstance(argument, ast.Attribute):
                    for value in self.values(argument, unit):
                        self.pass_on(value)
        for name in sorted(unit.loads) if unit.parent else ():
            for value in self.looked_up(name, unit, 0):
                self.pass_on(value)

    def note(self, value: Any, call: ast.Call, unit: Unit) -> None:
        """Notes a call of a function, so that its parameters are known."""
        target, bound = (value.unit, value.bound) if isinstance(value, Function) else (None, True)
        if isinstance(value, Object):
            found = self.member(value.of, "__call__" if value.made else "__init__")
            target = next((method.unit for method in found if isinstance(method, Function)), None)
        if target is not None:
            sites = self.sites.setdefault(id(target), [])
            if len(sites) < MANY and all(site[0] is not call for site in sites):
                sites.append((call, unit, bound))

    def pass_on(self, value: Any, inside: bool = True) -> None:
        """A function that is handed on, or stands in a table, is called with what nobody knows."""
        if isinstance(value, Function):
            self.reach(value)
            self.passed.add(id(value.unit))
        elif isinstance(value, Table) and inside:
            for _, entry, tell in self.entries(value):
                if isinstance(entry, ast.Name | ast.Attribute):
                    for one in tell(entry):
                        self.pass_on(one, inside=False)

    def uses(self, names: set[str], unit: Unit) -> bool:
        """Whether functions that are reached say one of some names of a unit: those of values, not of functions and classes."""
        made = {n for n in names if any(b.how in ("value", "from") for b in unit.bound.get(n, ()))}
        return any(made & (reached.loads | reached.called) for reached in self.reached.values() if reached.parent is not None)

    def run_import(self, bound: _Bound) -> None:
        """Reaches the modules that an import runs."""
        names = [bound.node]
        if bound.how == "from":
            level, module, what = bound.node
            full = self.package.absolute(bound.unit.module.file, level, module)
            names = [] if full is None else [full, f"{full}.{what}" if full else what]
        for name in names:
            inner = self.package.module(name)
            for file in [*self.package.above(name), *([inner] if inner is not None else [])]:
                self.module(file)

    # --- values ---

    def values(self, node: ast.expr | None, unit: Unit, depth: int = 0) -> Values:
        """What an expression may be; nothing where that can't be told."""
        if node is None or depth > DEEPEST:
            return NOTHING
        known = self.memo.get(id(node))
        if known is not None:
            return known
        evaluate = _EVALUATE.get(node.__class__)
        if evaluate is None or id(node) in self.active:
            return NOTHING
        self.active.add(id(node))
        try:
            found: Values = evaluate(self, node, unit, depth + 1)
        finally:
            self.active.discard(id(node))
        if len(found) > MANY:
            found = NOTHING
        if depth < DEEPEST // 2 and len(self.active) < DEEPEST // 2:
            self.memo[id(node)] = found
        return found

    def constant(self, node: ast.Constant, unit: Unit, depth: int) -> Values:
        return frozenset({Literal(node.value)}) if isinstance(node.value, str) and node.value else NOTHING

    def name(self, node: ast.Name, unit: Unit, depth: int) -> Values:
        return self.looked_up(node.id, unit, depth)

    def looked_up(self, name: str, unit: Unit, depth: int) -> Values:
        """What a name may be where a unit says it."""
        at: Unit | None = unit
        while at is not None:
            if bounds := at.bound.get(name):
                return self.bound(bounds, depth)
            at = at.parent
        for star in unit.module.root.bound.get("*", ()):
            level, module, _ = star.node
            full = self.package.absolute(unit.module.file, level, module)
            file = self.package.module(full) if full else None
            if file is not None and (found := self.module(file)) is not unit.module and name in found.root.bound:
                return self.bound(found.root.bound[name], depth + 1)
        return frozenset({boto.External(name)}) if name in ("str", "dict") else NOTHING

    def bound(self, bounds: list[_Bound], depth: int) -> Values:
        """What a name may be by its bindings; places of different bindings are one or the other."""
        if depth > DEEPEST:
            return NOTHING
        if len(bounds) == 1:
            return self.of_binding(bounds[0], depth)
        return _either(
            [self.of_binding(bound, depth) for bound in bounds[: MANY + 1] if not (bound.how == "value" and _is_none(bound.node))]
        )

    def of_binding(self, bound: _Bound, depth: int) -> Values:
        unit, how = bound.unit, bound.how
        if how == "value":
            return self.values(bound.node, unit, depth)
        if how == "function":
            return frozenset({Function(bound.node)})
        if how == "class":
            return frozenset({Object(bound.node, made=False)})
        if how == "parameter":
            return self.parameter(bound, depth)
        if how == "item":
            return self.items(bound.node, unit, depth)
        if how == "import":
            return self.module_of(bound.node if bound.more else bound.node.partition(".")[0])
        return self.from_module(bound, depth) if how == "from" else frozenset({boto.UNKNOWN})

    def module_of(self, name: str) -> Values:
        """A module by its full name."""
        file = self.package.module(name)
        if file is not None:
            return frozenset({Own(self.module(file))})
        return NOTHING if self.package.owns(name) else frozenset({boto.External(name)})

    def from_module(self, bound: _Bound, depth: int) -> Values:
        """What `from module import name` gives."""
        level, module, name = bound.node
        full = self.package.absolute(bound.unit.module.file, level, module)
        if full is None:
            return NOTHING
        file = self.package.module(full) if full else None
        if file is not None:
            bounds = [b for b in self.module(file).root.bound.get(name, ()) if b is not bound]
            if bounds:
                return self.bound(bounds, depth + 1)
        inner = self.package.module(f"{full}.{name}" if full else name)
        if inner is not None:
            return frozenset({Own(self.module(inner))})
        return NOTHING if level or file is not None or self.package.owns(full) else frozenset({boto.External(f"{full}.{name}")})

    def parameter(self, bound: _Bound, depth: int) -> Values:
        """What a function is given: all that its callers pass, each of which is certain."""
        unit, (index, default) = bound.unit, bound.more
        if index == 0 and unit.owner is not None and "staticmethod" not in unit.decorators:
            return frozenset({Object(unit.owner, made="classmethod" not in unit.decorators)})
        sites = self.sites.get(id(unit), [])
        if not sites:
            return self.values(default, unit.parent or unit, depth) if id(unit) not in self.passed else NOTHING
        found: Values = frozenset({boto.UNKNOWN}) if id(unit) in self.passed else NOTHING
        for call, where, has_self in sites:
            given = _given(call, bound.node, index - 1 if has_self and index is not None else index)
            if given is not None:
                found |= self.values(given, where, depth) or {boto.UNKNOWN}
            elif default is not None and not any(isinstance(a, ast.Starred) for a in call.args) and all(k.arg for k in call.keywords):
                found |= self.values(default, unit.parent or unit, depth) or {boto.UNKNOWN}
            else:
                found |= {boto.UNKNOWN}
        return found

    def attribute(self, node: ast.Attribute, unit: Unit, depth: int) -> Values:
        found: Values = NOTHING
        for base in self.values(node.value, unit, depth):
            if isinstance(base, Own):
                bounds = base.module.root.bound.get(node.attr)
                if bounds:
                    found |= self.bound(bounds, depth)
                elif (inner := self.package.module(f"{base.module.file.name}.{node.attr}")) is not None:
                    found |= {Own(self.module(inner))}
            elif isinstance(base, Object):
                found |= self.of_object(base, node.attr, depth)
            else:
                found |= boto.attribute(base, node.attr)
        return found

    def of_object(self, base: Object, name: str, depth: int) -> Values:
        """An attribute of an object or a class."""
        found: Values = NOTHING
        for value in self.member(base.of, name, depth):
            if not isinstance(value, Function):
                found |= {value}
            elif value.unit.decorators & {"property", "cached_property"}:
                self.reach(value)
                found |= self.returned(value.unit, depth)
            else:
                found |= {Function(value.unit, bound=base.made or "classmethod" in value.unit.decorators)}
        return found

    def member(self, owner: Class, name: str, depth: int = 0) -> Values:
        """A method or a field of a class, or of those that it is made from."""
        if name in owner.methods:
            return frozenset({Function(owner.methods[name])})
        if name in owner.fields:
            return self.bound(owner.fields[name], depth)
        found: Values = NOTHING
        for base in owner.node.bases if depth <= DEEPEST else ():
            for value in self.values(base, owner.unit, depth + 1):
                if isinstance(value, Object) and value.of is not owner:
                    found |= self.member(value.of, name, depth + 4)
        return found

    def call(self, node: ast.Call, unit: Unit, depth: int) -> Values:
        found: Values = NOTHING
        for called in self.values(node.func, unit, depth):
            if isinstance(called, Function):
                found |= self.returned(called.unit, depth)
            elif isinstance(called, Object):
                found |= {Object(called.of)} if not called.made else NOTHING
            elif called == boto.External("dict"):
                found |= {Table(node, unit)}
            elif not isinstance(called, Own | Table):
                found |= boto.called(called, node, lambda n: self.values(n, unit, depth))
        return found

    def returned(self, unit: Unit, depth: int) -> Values:
        """What a function gives back."""
        return _either([self.values(node, unit, depth) for node in unit.returns[:MANY] if not _is_none(node)])

    def subscript(self, node: ast.Subscript, unit: Unit, depth: int) -> Values:
        found: Values = NOTHING
        for base in self.values(node.value, unit, depth):
            if isinstance(base, Table):
                if isinstance(node.slice, ast.Constant) and isinstance(base.node, ast.Dict):
                    for key, value in zip(base.node.keys, base.node.values, strict=True):
                        if isinstance(key, ast.Constant) and key.value == node.slice.value:
                            found |= self.values(value, base.unit, depth)
                continue
            for one in self.values(node.slice, unit, depth) or {boto.UNKNOWN}:
                found |= boto.item(base, one)
        return found

    def table(self, node: Any, unit: Unit, depth: int) -> Values:
        return frozenset({Table(node, unit)})

    def items(self, node: ast.expr, unit: Unit, depth: int) -> Values:
        """What a loop goes through."""
        found: Values = NOTHING
        for value in self.values(node, unit, depth):
            if isinstance(value, Table) and isinstance(value.node, ast.List | ast.Tuple | ast.Set):
                for element in value.node.elts[: MANY + 1]:
                    found |= self.values(element, value.unit, depth) or {boto.UNKNOWN}
            elif not isinstance(value, Table):
                found |= boto.element(value)
        return found or frozenset({boto.UNKNOWN})

    def either(self, node: Any, unit: Unit, depth: int) -> Values:
        options = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        found = [self.values(option, unit, depth) for option in options]
        if isinstance(node, ast.BoolOp) and any(isinstance(v, Variable) for values in found for v in values):
            found = [frozenset(v for v in values if not isinstance(v, Literal)) for values in found]  # a text that stands in for it
        return _either([values for values in found if values])

    def inside(self, node: Any, unit: Unit, depth: int) -> Values:
        return self.values(node.value, unit, depth)

    # --- calls of the SDK ---

    def sdk_calls(self) -> Iterator[Call]:
        """The calls of the SDK in what is reached."""
        for unit in self.reached.values():
            for node in unit.calls:
                asked = sorted((v for v in self.values(node.func, unit) if isinstance(v, boto.Method)), key=repr)
                if len({v.service for v in asked}) != 1:
                    continue  # none, or a name that stands for clients of two services
                yield from self.of_methods(asked, node, unit)

    def of_methods(self, asked: list[boto.Method], node: ast.Call, unit: Unit) -> Iterator[Call]:
        """The calls that one call in the code is, each once."""
        seen = set()
        for method in asked:
            for operation, places in boto.operations(method, node, lambda n: self.values(n, unit), self.entries):
                known: list[Place | None] = [place for place in places if place is not None]
                for place in known or [None]:
                    if (operation, place) not in seen:
                        seen.add((operation, place))
                        yield _call(method.service, operation, place, node, unit)

    def entries(self, value: Any) -> Iterator[tuple[Any, ast.expr, boto.Telling]]:
        """The entries of a dict (or elements of a list, without keys), each with what tells what it is."""
        if not isinstance(value, Table):
            return
        node, unit = value.node, value.unit

        def tell(inner: ast.expr) -> Values:
            return self.values(inner, unit)

        if isinstance(node, ast.Dict):
            for key, entry in zip(node.keys, node.values, strict=True):
                if key is not None:
                    yield key, entry, tell
                    continue
                spread = [*(inside for one in tell(entry) for inside in self.entries(one))]
                yield from spread or [(None, entry, tell)]
        elif isinstance(node, ast.Call):  # dict(…)
            yield from ((ast.Constant(k.arg) if k.arg else None, k.value, tell) for k in node.keywords)
        elif isinstance(node, COMPREHENSIONS):
            yield None, node.elt, tell
        else:
            for entry in node.elts:
                if isinstance(entry, ast.Starred):
                    for one in tell(entry.value):
                        yield from self.entries(one)
                else:
                    yield None, entry, tell


def _is_none(node: Any) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _either(found: list[Values]) -> Values:
    """Values of which one is the case: places among them become one place."""
    places: set[Variable | Literal] = set()
    others: set[Any] = set()
    for values in found:
        for value in values:
            if isinstance(value, Either):
                places |= set(value.places)
            elif isinstance(value, Variable | Literal):
                places.add(value)
            else:
                others.add(value)
    if len(places) > 1:
        others.add(Either(tuple(sorted(places, key=repr))))
    else:
        others |= places
    return frozenset(others)


def _given(call: ast.Call, name: str, index: int | None) -> ast.expr | None:
    """The argument that a call gives for a parameter."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if index is not None and index < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args[: index + 1]):
        return call.args[index]
    return None


def _call(service: str, operation: str, place: Place | None, node: ast.Call, unit: Unit) -> Call:
    """A call, shown by what is called, or by the end of that where it has several lines."""
    function = node.func
    line, end = function.end_lineno or node.lineno, function.end_col_offset or 1
    begin = function.col_offset if line == function.lineno else end - len(getattr(function, "attr", " "))
    return Call(service, operation, place, unit.module.file.path, line, begin + 1, end - begin)


_EVALUATE: dict[type, Any] = {
    ast.Constant: Following.constant,
    ast.Name: Following.name,
    ast.Attribute: Following.attribute,
    ast.Call: Following.call,
    ast.Subscript: Following.subscript,
    ast.Dict: Following.table,
    ast.List: Following.table,
    ast.Tuple: Following.table,
    ast.Set: Following.table,
    ast.ListComp: Following.table,
    ast.SetComp: Following.table,
    ast.GeneratorExp: Following.table,
    ast.IfExp: Following.either,
    ast.BoolOp: Following.either,
    ast.Await: Following.inside,
    ast.NamedExpr: Following.inside,
}


def reading(file: PythonFile, function: str, package: Package, modules: dict[str, Module]) -> Reading | None:
    """What a handler's function does; None where its file has no such function that can be followed."""
    following = Following(package, modules)
    if not following.start(file, function):
        return None
    calls = sorted(following.sdk_calls(), key=lambda c: (c.path, c.line, c.column, c.service, c.operation, repr(c.place)))
    words, more = said(following)
    return Reading(tuple(calls), words, more, {call.path: following.imported[call.path].file.text for call in calls})


def said(following: Following) -> tuple[frozenset[str], bool]:
    """Every name in code that a handler may reach (methods being reached by name alone), and whether there may be more."""
    modules = list(following.imported.values())
    by_name: dict[str, list[Unit]] = {}
    for module in modules:
        for unit in module.functions:
            by_name.setdefault(unit.name, []).append(unit)
        for one in module.classes:
            by_name.setdefault(one.node.name, []).extend(one.methods.values())
    waiting = [*following.reached.values()]
    waiting += [unit for module in modules for unit in module.functions if unit.roots and not unit.decorators & HARMLESS]
    seen: dict[int, Unit] = {}
    found: set[str] = set()
    while waiting:
        unit = waiting.pop()
        if id(unit) in seen:
            continue
        seen[id(unit)] = unit
        names = unit.loads | unit.called | unit.attributes | unit.strings
        for name in names - found:
            waiting += by_name.get(name, ())
        found |= names
        if unit.parent is not None:
            waiting += unit.inner
    more = any(unit.dynamic for unit in seen.values()) or any(following.package.foreign(module.imports) for module in modules)
    return frozenset(map(plain, found)) | frozenset(found), more
