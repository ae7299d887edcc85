"""What a file of code gives to who loads it: the names that a Python module defines or a script exports.

Where that can't be told, the answer is that everything may be there: a mistake is only ever reported when it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import ast

FUNCTION, COROUTINE, VALUE, IMPORT = "function", "coroutine", "value", "import"


@attrs.frozen(eq=False, repr=False, slots=False)
class Exports:
    """The names in their own order, with what each is; `open` says that there may be more."""

    kinds: dict[str, str]
    open: bool = False
    unnamed: bool = False  # a script that exports one function, which has no name
    text: str = ""  # a script's
    code: str = ""  # the same without comments and strings
    is_module: bool = False  # a script that exports as ES modules do
    content: bytes = b""  # a Python file's
    tree: ast.Module | None = None  # of one that may call AWS, which is read for that too

    def declares(self, name: str) -> bool:
        """Whether a script has something of this name, exported or not."""
        return re.search(rf"\b(?:function\s*\*?|class|const|let|var)\s*{re.escape(name)}(?![\w$])", self.code) is not None


# --- Python ---


def python_exports(content: bytes) -> Exports:
    """What a Python module defines; raises what `compile` raises for text that isn't Python."""
    import ast  # not needed by every command; attrs has loaded it already
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes in the user's strings
        tree = ast.parse(content)
    kinds: dict[str, str] = {}
    star = _bind(tree.body, kinds)
    if b"global" in content or b":=" in content:
        for child in ast.walk(tree):
            if isinstance(child, ast.Global):
                for name in child.names:
                    kinds.setdefault(name, VALUE)
            elif isinstance(child, ast.NamedExpr):
                kinds.setdefault(child.target.id, VALUE)
    # A module that makes its names while it runs may make any.
    dynamic = re.search(rb"(?<![.\w])(?:globals|vars|exec|setattr)\s*\(|\b(?:def\s+__getattr__|sys\.modules)\b", content)
    calling = b"boto" in content or b"aws_lambda_powertools" in content
    return Exports(kinds, open=star or dynamic is not None, content=content, tree=tree if calling else None)


def _bind(statements: Iterable[ast.stmt], kinds: dict[str, str]) -> bool:
    """Adds to `kinds` what a module's statements bind, a later one over an earlier; tells of a star import."""
    import ast

    star = False
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            kinds[statement.name] = FUNCTION
        elif isinstance(statement, ast.AsyncFunctionDef):
            # A decorator may well make a plain function of it.
            kinds[statement.name] = FUNCTION if statement.decorator_list else COROUTINE
        elif isinstance(statement, ast.Import):
            kinds.update((alias.asname or alias.name.split(".")[0], IMPORT) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            star = star or statement.names[0].name == "*"
            kinds.update((alias.asname or alias.name, IMPORT) for alias in statement.names)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                _bind_target(target, kinds)
        elif isinstance(statement, ast.AnnAssign):
            if statement.value is not None:
                _bind_target(statement.target, kinds)
        elif not isinstance(statement, ast.Expr):
            star = _bind_compound(statement, kinds) or star
    return star


def _bind_compound(statement: ast.stmt, kinds: dict[str, str]) -> bool:
    """`_bind` for a statement that holds others."""
    import ast

    star = False
    if isinstance(statement, ast.For):
        _bind_target(statement.target, kinds)
    elif isinstance(statement, ast.With):
        for item in statement.items:
            if item.optional_vars is not None:
                _bind_target(item.optional_vars, kinds)
    for handler in getattr(statement, "handlers", ()):
        star = _bind(handler.body, kinds) or star
    for case in getattr(statement, "cases", ()):
        _bind_target(case.pattern, kinds)
        star = _bind(case.body, kinds) or star
    for block in ("body", "orelse", "finalbody"):
        star = _bind(getattr(statement, block, ()), kinds) or star
    return star


def _bind_target(target: ast.AST, kinds: dict[str, str]) -> None:
    """Adds the names that an assignment's left side or a pattern binds."""
    import ast

    for child in ast.walk(target):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            kinds[child.id] = VALUE
        elif isinstance(child, ast.MatchAs | ast.MatchStar) and child.name is not None:
            kinds[child.name] = VALUE
        elif isinstance(child, ast.MatchMapping) and child.rest is not None:
            kinds[child.rest] = VALUE


# --- JavaScript and TypeScript ---
#
# Not a parser: the text is stripped of comments, strings, templates and regular expressions, and in what is left the
# forms that export are looked for. What isn't understood makes the file unknown, and then every name is accepted. The
# patterns are compiled where they are used (`re` keeps them): many apps need none.

_SKIPPED = r"""//[^\n]*|/\*|"[^"\\\n]*(?:\\(?:\r\n|.)[^"\\\n]*)*"|'[^'\\\n]*(?:\\(?:\r\n|.)[^'\\\n]*)*'|"|'|`|/"""
_TEMPLATE = r"[^`\\$]*(?:(?:\\.|\$(?!\{))[^`\\$]*)*(?:`|\$\{)"
_REGEX = r"/(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[A-Za-z]*"
_BEFORE_REGEX = r"(?<![\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|instanceof|yield|await)$"
_WORD = r"(?<![\w$.#])(?:export|exports|module\s*\.\s*exports|this)(?![\w$])"
_ASSIGNED = r"\s*(?:\|\||\?\?|&&)?=(?![=>])"


def script_exports(text: str) -> Exports | None:
    """What a script exports, or None where it can't be told."""
    code = stripped(text)
    if code is None:
        return None
    script = _Script(text, code)
    depth = last = 0
    for match in re.compile(_WORD).finditer(code):
        at = match.start()
        depth += sum(code.count(c, last, at) for c in "{([") - sum(code.count(c, last, at) for c in "})]")
        last = at
        word = match.group()
        if word == "export":
            if depth == 0:
                script.export(match.end())
        elif word == "this":
            if depth == 0 and (named := re.compile(rf"\s*\.\s*([\w$]+){_ASSIGNED}").match(code, match.end())):
                script.kinds[named[1]] = VALUE
        else:
            script.commonjs(at, match.end(), whole=word != "exports")
    if re.search(r"[(,]\s*module\s*[,)]|\bmodule\s*\[", code):
        script.passed_on = True
    # In an ES module `exports` and `module` are names like any other.
    is_open = script.open or (script.passed_on and not script.is_es_module)
    return Exports(script.kinds, is_open, script.unnamed, text, code, script.is_es_module)


def stripped(text: str) -> str | None:
    """The text with all blanked that isn't code, each thing staying in its place; None if it can't be read.

    Quotes stay, as the ends of a string, a template or a regular expression.
    """
    outside = re.compile(_SKIPPED, re.DOTALL)
    within = re.compile(_SKIPPED + "|[{}]", re.DOTALL)  # in a template's `${…}` its end is looked for, too
    out: list[str] = []
    opened: list[int] = []  # for each `${` that is open: the braces opened in it
    at = 0
    if text.startswith("#!"):
        at = len(text.split("\n", 1)[0])
        out.append(" " * at)
    while (match := (within if opened else outside).search(text, at)) is not None:
        out.append(text[at : match.start()])
        at = _skip(text, match, out, opened)
        if at < 0:
            return None
    out.append(text[at:])
    code = "".join(out)
    balanced = not opened and all(code.count(left) == code.count(right) for left, right in ("{}", "()", "[]"))
    return code if balanced and "\0" not in code else None


def _skip(text: str, match: re.Match[str], out: list[str], opened: list[int]) -> int:
    """Where code goes on behind what begins at the match, its stand-in added to `out`; -1 if it has no end."""
    what, start, end = match.group(), match.start(), match.end()
    if what == "{" or (what == "}" and opened[-1]):
        opened[-1] += 1 if what == "{" else -1
        out.append(what)
    elif what in ("`", "}"):
        if what == "}":
            opened.pop()
        ending = re.compile(_TEMPLATE, re.DOTALL).match(text, end)
        if ending is None:
            return -1
        end = ending.end()
        if text[end - 1] == "{":
            opened.append(0)
        out.append(what.replace("`", '"') + " " * (end - start - 2) + text[end - 1].replace("`", '"'))
    elif what in ('"', "'"):
        return -1
    elif what == "/*":
        end = text.find("*/", end) + 2
        if end == 1:
            return -1
        out.append(" " * (end - start))
    elif what == "/":
        divides = _divides(out)
        regex = None if divides else re.compile(_REGEX).match(text, start)
        if divides is None or (not divides and regex is None):
            return -1
        end = regex.end() if regex else end
        out.append('"' + " " * (end - start - 2) + '"' if regex else what)
    else:
        out.append(" " * len(what) if what[0] == "/" else '"' + " " * (len(what) - 2) + '"')
    return end


def _divides(out: list[str]) -> bool | None:
    """Whether a `/` after this code divides rather than begins a regular expression; None if only a parser can tell."""
    before = next((piece for piece in map(str.rstrip, reversed(out)) if piece), "")
    if not before:
        return False
    last = before[-1]
    if last in '"].' or before.endswith(("++", "--")):
        return True
    if last.isalnum() or last in "_$":
        return re.search(_BEFORE_REGEX, before[-40:]) is None
    if last == ")":
        head = _before_bracket(out)
        return None if head is None else re.search(r"(?<![\w$.])(?:if|while|for|with)$", head) is None
    if last == "}" or (last == "!" and re.search(r"[\w$)\]]!$", before[-2:])):
        return None
    return False


def _before_bracket(out: list[str]) -> str | None:
    """The end of the code before the bracket that the last `)` closes."""
    depth = 0
    for index in range(len(out) - 1, -1, -1):
        piece = out[index]
        at = len(piece)
        while True:
            at = max(piece.rfind("(", 0, at), piece.rfind(")", 0, at))
            if at < 0:
                break
            depth += 1 if piece[at] == ")" else -1
            if depth == 0:
                return "".join((*out[max(0, index - 2) : index], piece[:at]))[-60:].rstrip()
    return None


@attrs.define(eq=False, repr=False, slots=False)
class _Script:
    """The exports of one script, as they are found. `code` is `text` without comments and strings, place for place."""

    text: str
    code: str
    kinds: dict[str, str] = attrs.field(factory=dict)
    open: bool = False  # exports names that aren't written in it
    passed_on: bool = False  # hands `exports` to something that may add to it
    is_es_module: bool = False
    unnamed: bool = False

    def export(self, at: int) -> None:
        """Reads what stands behind the word `export`."""
        code = self.code

        def follows(pattern: str) -> re.Match[str] | None:
            return re.compile(pattern).match(code, at)

        if follows(r"\s*[:(,}]"):
            return  # a property of this name
        self.is_es_module = True
        if found := follows(r"\s+(?:(?:async\s+)?function\s*\*?\s*|(?:abstract\s+)?class\s+)([\w$]+)"):
            self.kinds[found[1]] = FUNCTION
        elif found := follows(r"\s+(?:(?:const\s+)?enum|namespace|module|import(?=\s+[\w$]+\s*=))\s+([\w$]+)"):
            self.kinds[found[1]] = VALUE
        elif found := follows(r"\s+(?:const|let|var)\b"):
            for name in _declared(code, found.end()):
                self.kinds[name] = FUNCTION
        elif found := follows(r"\s+default\b"):
            self.kinds["default"] = FUNCTION
            # The newest runtime client also looks into an object that is the default.
            if braced := re.compile(r"\s*\{").match(code, found.end()):
                self._keys(braced.end() - 1)
        elif found := follows(r'\s*\*\s*as\s+([\w$]+|"[^"]*")'):
            self.kinds[self._name(found.start(1), found.end(1))] = VALUE
        elif found := follows(r"\s*\{"):
            for start, end in _parts(code, found.end(), _closing(code, found.end() - 1)):
                words = code[start:end].split()
                if words and not (words[0] == "type" and len(words) in (2, 4)):
                    named = re.search(r'("[^"]*"|[\w$]+)\s*$', code[start:end])
                    if named:
                        self.kinds[self._name(start + named.start(1), start + named.end(1))] = FUNCTION
        elif found := follows(r"\s*=(?!=)"):
            self._value(found.end())
        elif not follows(r"\s+(?:type|interface|declare|as)\b"):
            self.open = True  # `export *`, and what the language may gain

    def commonjs(self, start: int, end: int, whole: bool) -> None:
        """Reads what is done to `exports` or, where `whole`, to `module.exports`."""
        code = self.code
        if found := re.compile(rf"\s*\.\s*([\w$]+){_ASSIGNED}").match(code, end):
            self.kinds[found[1]] = FUNCTION
        elif found := re.compile(rf'\s*\[\s*("[^"]*")\s*\]{_ASSIGNED}').match(code, end):
            self.kinds[self._name(*found.span(1))] = FUNCTION
        elif found := re.compile(_ASSIGNED).match(code, end):
            if whole:
                self._value(found.end())
        elif re.search(r"\bdefineProperty\s*\(\s*$", code[max(0, start - 40) : start]) and (
            found := re.compile(r'\s*,\s*("[^"]*")').match(code, end)
        ):
            name = self._name(*found.span(1))
            if name != "__esModule":
                self.kinds[name] = FUNCTION
        elif not re.compile(r"\s*\.\s*[\w$]").match(code, end):
            self.passed_on = True

    def _value(self, at: int) -> None:
        """Reads the value that becomes all of the exports."""
        code = self.code
        chain = re.compile(rf"\s*(?:module\s*\.\s*)?exports\s*(?:\.\s*[\w$]+)?{_ASSIGNED}")
        while found := chain.match(code, at):
            at = found.end()
        at = _skip_blank(code, at)
        if code[at : at + 1] == "{":
            self._keys(at)
        elif _is_function(code, at):
            self.unnamed = True
        elif not re.compile(r'["\d\[]|(?:null|undefined|void|true|false)\b').match(code, at):
            named = re.compile(r"([\w$]+)\s*(?:[;,)\n]|$)").match(code, at)
            if named and self._is_function(named[1]):
                self.unnamed = True
            else:
                self.open = True

    def _is_function(self, name: str) -> bool:
        """Whether this is the name of a function of the file that is given no properties of its own."""
        word = re.escape(name)
        if re.search(rf"(?<![\w$.]){word}\s*(?:\.\s*[\w$]+\s*=|\[|,)", self.code):
            return False
        if re.search(rf"\bfunction\s*\*?\s*{word}(?![\w$])", self.code):
            return True
        declared = re.search(rf"\b(?:const|let|var)\s+{word}\s*(?::[^=;]*)?=(?![=>])\s*", self.code)
        return declared is not None and _is_function(self.code, declared.end())

    def _keys(self, brace: int) -> None:
        """Adds the keys of the object whose brace opens there."""
        code = self.code
        key = re.compile(r'\s*(?:(?:async|get|set)\s+(?=[\w$"*\[]))?(?:\*\s*)?("[^"]*"|[\w$]+)')
        for start, end in _parts(code, brace + 1, _closing(code, brace)):
            if not code[start:end].strip():
                continue
            found = key.match(code, start, end)
            if found:
                self.kinds[self._name(*found.span(1))] = FUNCTION
            else:
                self.open = True  # a spread, or a computed key

    def _name(self, start: int, end: int) -> str:
        """The name that is written there, bare or quoted."""
        return self.text[start + 1 : end - 1] if self.code[start] == '"' else self.text[start:end]


def _skip_blank(code: str, at: int) -> int:
    """The place of the next character that isn't blank."""
    found = re.compile(r"\S|$").search(code, at)
    return found.start() if found else len(code)


def _is_function(code: str, at: int) -> bool:
    """Whether the value that begins there is a function; not so a class, which may have static methods."""
    if re.compile(r"(?:async\s+)?function\b|(?:async\s+)?[\w$]+\s*=>").match(code, at):
        return True
    opening = re.compile(r"(?:async\s*)?\(").match(code, at)
    if not opening:
        return False
    return re.compile(r"\s*(?::[^=;]*?)?=>").match(code, _closing(code, opening.end() - 1) + 1) is not None


def _closing(code: str, at: int) -> int:
    """The place of the bracket that closes the one at `at`."""
    depth = 0
    for bracket in re.compile(r"[{}()\[\]]").finditer(code, at):
        depth += 1 if bracket.group() in "{([" else -1
        if depth == 0:
            return bracket.start()
    return len(code)


def _parts(code: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches between the commas that stand in no further bracket."""
    depth = 0
    for mark in re.compile(r"[{}()\[\],]").finditer(code, start, end):
        if mark.group() != ",":
            depth += 1 if mark.group() in "{([" else -1
        elif depth == 0:
            yield start, mark.start()
            start = mark.end()
    yield start, end


def _declared(code: str, at: int) -> Iterator[str]:
    """The names that a `const`, `let` or `var` declares."""
    # Without a semicolon a declaration ends at a line that begins another statement.
    begins = "export|import|const|let|var|function|async|class|module|exports|if|for|return"
    marks = re.compile(rf"[{{}}()\[\],;]|\n(?=\s*(?:{begins})\b)")
    while True:
        at = _skip_blank(code, at)
        end = _closing(code, at) + 1 if code[at : at + 1] in ("{", "[") else at
        yield from _pattern(code[at:end] if end > at else code[at : at + 200])
        depth = 0
        for mark in marks.finditer(code, end):
            what = mark.group()
            if what in "{([":
                depth += 1
            elif what in "})]":
                depth -= 1
            if depth < 0 or (depth == 0 and what in ";\n"):
                return
            if depth == 0 and what == ",":
                at = mark.end()
                break
        else:
            return


def _pattern(written: str) -> Iterator[str]:
    """The names that the left side of a declaration binds."""
    written = written.strip().lstrip(".")
    if written[:1] in ("{", "["):
        for start, end in _parts(written, 1, _closing(written, 0)):
            bound = written[start:end].strip()
            if written[0] == "{":
                bound = re.sub(r'^(?:[\w$]+|"[^"]*"|\[[^\]]*\])\s*:', "", bound)
            yield from _pattern(bound)
    elif name := re.match(r"[\w$]+", written):
        yield name.group()
