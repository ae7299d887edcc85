"""A JavaScript or TypeScript file as far as calls of an SDK ask for it: its imports, its functions by their brackets, its clients.

Not a parser: `exports.stripped` blanks comments and strings, place for place, and forms are looked for in what is left.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from ifc.code.sdk import known_as
from ifc.records import record

HEAD = 400  # characters in which what a statement declares is looked for
NAME = r"[A-Za-z_$][\w$]*+"
TYPE = r"(?::[^=;{}()]{0,200})?"  # behind a name, in TypeScript
NEW = re.compile(rf"(?<![\w$])new\s+({NAME}(?:\s*\.\s*{NAME})*)\s*(?:<[^<>()]*>\s*)?\(")
FROM_ENVIRONMENT = re.compile(r"\{([^{}]*)\}\s*(?::[^=;]{0,400}?)?=\s*process\s*\.\s*env\b")
# A client that isn't made with the function's role, or not for AWS itself.
ELSEWHERE = re.compile(r"(?<![\w$])(?:accessKeyId|credentials|endpoint|sessionToken|secretAccessKey)\b")
ADDRESSED = {"apigatewaymanagementapi", "iot-data"}  # services whose clients are always given an address
_DECLARED = re.compile(
    rf"(?<![\w$.])(?=[acdeflmv])(?:(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:(?:async\s+)?function\s*\*?\s*({NAME})|(?:abstract\s+)?class\s+({NAME})"
    rf"|(?:const|let|var)\s+({NAME})\s*(?::[^=;]{{0,400}}?)?=(?![=>]))"
    rf"|(?:module\s*\.\s*)?exports\s*\.\s*({NAME})\s*=(?!=)|(module\s*\.\s*exports)\s*=(?!=)|(export\s+default)\b)"
)
_METHOD = re.compile(
    rf"(?:(?:public|private|protected|static|readonly|async|override|get|set)\s+)*\*?\s*#?({NAME})\s*(?:<[^<>()]*>)?\s*"
    r"(?:(\()|(?::[^=;{}()]*(?:\([^()]*\)[^=;{}()]*)?)?=\s*(?:async\s*)?(?=\(|function\b|[\w$]+\s*=>)|:\s*(?:async\s*)?(?=\(|function\b|[\w$]+\s*=>))"
)
_IMPORT = re.compile(
    rf"(?<![\w$.])(?=import|export)(?:import\s+(?!type\b)(?:({NAME})\s*,?\s*)?(?:\*\s*as\s+({NAME})\s*|\{{([^{{}}]*)\}}\s*)?from\s*(\"[^\"]*\")"
    rf"|import\s*(\"[^\"]*\")|import\s+({NAME})\s*=\s*require\s*\(\s*(\"[^\"]*\")"
    rf"|export\s*(?:\*|\{{([^{{}}]*)\}})\s*from\s*(\"[^\"]*\"))"
)
_REQUIRE = re.compile(r"(?<![\w$.])(?:require|import)\s*\(\s*(\"[^\"]*\"(?=\s*\))|)")
_BOUND = re.compile(
    rf"(?:const|let|var)\s+(?:({NAME})|\{{([^{{}}]*)\}})\s*(?::[^=;]{{0,400}}?)?=\s*(?:await\s+)?(?:\(\s*await\s+)?(?:[\w$.]+\s*\(\s*)*$"
)
_TAKEN = re.compile(rf"(?:({NAME})\s*{TYPE}=|({NAME})\s*:)\s*(?:await\s+)?((?:{NAME}(?:\s*\.\s*{NAME})*\s*\(\s*)*)$")
_FUNCTION = re.compile(r"=>|(?<![\w$.])function\b")
_COMPUTED = re.compile(r"(?<![\w$.])eval\s*\(|(?<=[\w$\])])\[\s*(?!\d)[^\"\]\s][^\]]*\]\s*\(")
# Where a statement without a semicolon ends: at a line that begins another one.
_ENDING = re.compile(r"[{(\[;]|\n(?=\s*(?:export|import|const|let|var|function|async|class|module|exports|if|for|return|type|interface)\b)")
_GOES_ON = ("=", "(", ",", "=>", "+", "?", ":", "&&", "||")


@record
class Unit:
    """A stretch of a script that runs together: a function, a class, or a method in one of those (`inner`)."""

    script: Script
    name: str  # "": runs when the file is loaded
    start: int
    end: int
    inner: tuple[Unit, ...] = ()

    def stretches(self) -> Iterator[tuple[int, int]]:
        """What belongs to it but not to its inner ones."""
        at = self.start
        for one in self.inner:
            yield at, one.start
            at = one.end
        yield at, self.end


@record
class Client:
    """What a name stands for: a client of a service. `document`: its methods have DocumentClient's names."""

    service: str
    document: bool = False
    elsewhere: bool = False


class Script:
    """One file, looked through once however many handlers are in it."""

    def __init__(self, path: str, text: str, code: str) -> None:
        self.path, self.text, self.code = path, text, code
        self.pairs: dict[int, int] = {}  # brackets: where one opens, where it closes
        self.outermost: list[tuple[int, int]] = []
        opened: list[int] = []
        for match in re.compile(r"[{}()\[\]]").finditer(code):
            if match.group() in "{([":
                opened.append(match.start())
            elif opened:
                start = opened.pop()
                self.pairs[start] = match.start()
                if not opened:
                    self.outermost.append((start, match.start()))
        self._openings = [start for start, _ in self.outermost]
        self.imports: dict[str, tuple[str, str]] = {}  # a name here: the package or path, and the name there ("*": all, "default")
        self.passed: list[tuple[str, dict[str, str]]] = []  # `export … from`: the path, and the names outside and there (none: all)
        self.packages: set[str] = set()
        self.binding: list[tuple[int, int]] = []  # where names are only taken from elsewhere
        self.dynamic = _COMPUTED.search(code) is not None
        self._read_imports()
        self.units: dict[str, Unit] = {}
        self.loading: list[Unit] = []  # what runs when the file is loaded
        self.exported: dict[str, str] = {}  # what the file gives: its name outside, and here
        self._read_units()

    def written(self, start: int, end: int) -> str:
        """The text of the string that stands there."""
        return self.text[start + 1 : end - 1]

    def is_outside(self, at: int) -> bool:
        """Whether a place is in no bracket."""
        index = bisect_right(self._openings, at) - 1
        return index < 0 or self.outermost[index][1] < at or self.outermost[index][0] == at

    # --- imports ---

    def _read_imports(self) -> None:
        for match in _IMPORT.finditer(self.code):
            self.binding.append(match.span())
            if match[9]:
                package = self.written(*match.span(9))
                self.passed.append((package, {outside: there for there, outside in pairs(match[8] or "")}))
                self.packages.add(package)
                continue
            package = self.written(*match.span(4 if match[4] else 5 if match[5] else 7))
            self.packages.add(package)
            if match[1]:
                self.imports[match[1]] = (package, "default")
            if match[2] or match[6]:
                self.imports[match[2] or match[6]] = (package, "*")
            for there, here in pairs(match[3] or ""):
                self.imports[here] = (package, there)
        for match in _REQUIRE.finditer(self.code):
            if not match[1]:
                self.dynamic = True
                continue
            package = self.written(*match.span(1))
            self.packages.add(package)
            bound = _BOUND.search(self.code[max(0, match.start() - HEAD) : match.start()])
            if bound is None:
                continue
            self.binding.append((max(0, match.start() - HEAD) + bound.start(), match.end()))
            behind = re.compile(rf"[\s)]*\.\s*({NAME})(?:\s*\.\s*({NAME}))?").match(self.code, match.end())
            if bound[1]:
                self.imports[bound[1]] = (package, ".".join(filter(None, behind.groups())) if behind else "*")
            for there, here in pairs((bound[2] or "").replace(":", " as ")):
                self.imports[here] = (package, f"{behind[1]}.{there}" if behind else there)

    @cached_property
    def wholes(self) -> dict[str, str]:
        """The names here that stand for all that a file of the own code gives, and its path."""
        return {name: package for name, (package, what) in self.imports.items() if what in ("*", "default") and package.startswith(".")}

    @cached_property
    def saying(self) -> str:
        """The text without what only takes names from elsewhere, place for place."""
        text = self.text
        environment = [match.span() for match in FROM_ENVIRONMENT.finditer(self.code)] if "env" in self.code else []
        for start, end in [*self.binding, *environment]:
            text = text[:start] + " " * (end - start) + text[end:]
        return text

    # --- units ---

    def _read_units(self) -> None:
        code, at = self.code, 0
        found: list[tuple[re.Match[str], int]] = []
        for match in _DECLARED.finditer(code):
            if match.start() >= at and self.is_outside(match.start()):
                at = self._end_of(match)
                found.append((match, at))
        functions = {m[1] or m[2] or m[3] for m, end in found if m[1] or m[2] or (m[3] and _FUNCTION.search(code, m.end(), end))}
        at = 0
        for match, end in found:
            function, owner, constant, exported, whole, default = match.groups()
            name = function or owner or constant or exported or ("default" if default else "module.exports")
            begins = code[match.start() : match.start() + HEAD].split()
            if begins[0] == "export":
                self.exported["default" if begins[1:2] == ["default"] else name] = name
            if exported or whole or default or (constant and name in self.exported):
                self._read_exports(exported or constant or "", bool(default), match.end(), end, name)
            if function or owner or _FUNCTION.search(code, match.end(), end) or self._wraps(match.end(), end, functions):
                known = f"exports.{name}" if exported and name in self.units else name
                self.units[known] = Unit(self, name, match.start(), end, tuple(self._inner(match.start(), end, owner is not None)))
                if exported and self.exported.get(exported) == name:
                    self.exported[exported] = known
                at = self._skip(at, match.start(), end)
            elif exported or whole or default:
                at = self._skip(at, match.start(), end)  # it gives what stands elsewhere
        self._skip(at, len(code), len(code))
        for match in re.compile(r"(?<![\w$.])export\s*\{([^{}]*)\}(?!\s*from)").finditer(code):
            self.exported.update((outside, here) for here, outside in pairs(match[1]))

    def _wraps(self, start: int, end: int, functions: set[str]) -> bool:
        """Whether a value is made of a function by another one: `middy(place)`."""
        if re.compile(rf"\s*(?!require\b|new\b){NAME}(?:\s*\.\s*{NAME})*\s*\(").match(self.code, start, end) is None:
            return False
        words = set(re.compile(NAME).findall(self.code, self.code.find("(", start), end))
        return any(word in functions or self.imports.get(word, ("", ""))[0].startswith(".") for word in words)

    def _skip(self, at: int, start: int, end: int) -> int:
        """Takes what stands before a unit for what runs when the file is loaded; where reading goes on."""
        if self.code[at:start].strip():
            self.loading.append(Unit(self, "", at, start))
        return end

    def _end_of(self, match: re.Match[str]) -> int:
        if not (match[1] or match[2]):
            return self.statement_end(match.end())
        body = self.code.find("{", match.end()) if match[2] else self._body(match.end())
        return self.pairs.get(body, len(self.code) - 1) + 1

    def _body(self, at: int) -> int:
        """The `{` of a function's body, from behind its name."""
        opening = self.code.find("(", at)
        if opening not in self.pairs:
            return -1
        # a type stands between, perhaps with brackets of its own
        typed = re.compile(r"\s*:\s*(?:[^{}();=]|\{[^{}]*\}(?=\s*[|&>\[{]))*").match(self.code, self.pairs[opening] + 1)
        return self.code.find("{", typed.end() if typed else self.pairs[opening])

    def statement_end(self, at: int) -> int:
        """Where a statement ends that begins in no bracket."""
        while (mark := _ENDING.search(self.code, at)) is not None:
            if mark.group() == ";" or (mark.group() == "\n" and not self.code[: mark.start()].rstrip()[-2:].endswith(_GOES_ON)):
                return mark.start()
            at = mark.end() if mark.group() == "\n" else self.pairs.get(mark.start(), len(self.code)) + 1
        return len(self.code)

    def value_end(self, at: int) -> int:
        """Where a value ends, also one that ends its statement without a semicolon, or that others follow."""
        end = self.statement_end(at)
        while (mark := re.compile(r"[{(\[,\n]").search(self.code, at, end)) is not None:
            if mark.group() == ",":
                return mark.start()
            if mark.group() == "\n":
                goes_on = self.code[at : mark.start()].rstrip()[-2:].endswith(_GOES_ON) or not self.code[at : mark.start()].strip()
                if not goes_on and re.compile(r"\s*(?![\s.?:|&+=)\]}])").match(self.code, mark.start(), end):
                    return mark.start()
                at = mark.end()
            else:
                at = self.pairs.get(mark.start(), end) + 1
        return end

    def _inner(self, start: int, end: int, of_class: bool) -> Iterator[Unit]:
        """The methods of a class, or the functions in an object."""
        code = self.code
        brace = code.find("{", start, end)
        if not of_class:
            match = re.compile(r"[^={]*=\s*(?:module\.exports\s*=\s*)?(?=\{)|export\s+default\s*(?=\{)").match(code, start, end)
            brace = match.end() if match else -1
        at, close = brace + 1, self.pairs.get(brace, 0)
        while at < close:
            skipped = re.compile(r"[\s,;]*").match(code, at, close)
            at = skipped.end() if skipped else at
            method = _METHOD.match(code, at, close)
            begin = at
            if method is None:
                at = max(self._entry_end(at, close), at + 1)
                continue
            if method[2]:
                body = self._body(method.end() - 1)
                at = self.pairs.get(body, close) + 1 if 0 <= body < close else close
            else:
                at = self._entry_end(method.end(), close)
            yield Unit(self, method[1], begin, min(at, close))

    def _entry_end(self, at: int, close: int) -> int:
        """Where an entry of an object, or a field of a class, ends."""
        while (mark := re.compile(r"[{(\[,;]").search(self.code, at, close)) is not None:
            if mark.group() in ",;":
                return mark.end()
            at = self.pairs.get(mark.start(), close) + 1
            if mark.group() == "{" and re.compile(r"[ \t]*\n\s*(?![.),;?|&\s])").match(self.code, at):
                return at
        return close

    def _read_exports(self, name: str, default: bool, value: int, end: int, here: str) -> None:
        """Notes what `exports.name = …`, `module.exports = …` or `export default …` gives."""
        code = self.code
        bare = re.compile(rf"\s*({NAME})\s*").fullmatch(code, value, end)
        if name or default:
            self.exported[name or "default"] = bare[1] if bare else here
            return
        self.exported["default"] = bare[1] if bare else here
        blank = re.compile(r"\s*").match(code, value)
        at = blank.end() if blank else value
        if code[at : at + 1] == "{":
            for key, (start, stop) in self.entries(at).items():
                word = code[start:stop].strip()
                self.exported[key] = word if re.fullmatch(NAME, word) else f"{here}.{key}"

    # --- brackets ---

    def entries(self, brace: int) -> dict[str, tuple[int, int]]:
        """The entries of the object that begins there: where each value stands. Spreads are `...`, computed names `[x]`."""
        found: dict[str, tuple[int, int]] = {}
        key = re.compile(rf"\s*(?:({NAME})|(\"[^\"]*\")|\[([^\[\]]*)\])\s*(:?)|\s*\.\.\.")
        for at, end in self.elements(brace):
            match = key.match(self.code, at, end)
            if match is None:
                continue
            if match[4] is None:
                found[f"...{len(found)}"] = (match.end(), end)
                continue
            name = match[1] or (self.written(*match.span(2)) if match[2] else f"[{match[3].strip()}]")
            if match[4]:
                found[name] = (match.end(), end)
            elif match[1] and not self.code[match.end() : end].strip():
                found[name] = match.span(1)
        return found

    def elements(self, bracket: int) -> Iterator[tuple[int, int]]:
        """The stretches between the commas in a bracket."""
        at, close = bracket + 1, self.pairs.get(bracket, bracket)
        mark = re.compile(r"[{(\[,]")
        while at < close:
            end = at
            while (found := mark.search(self.code, end, close)) is not None and found.group() != ",":
                end = self.pairs.get(found.start(), close) + 1
            end = found.start() if found is not None else close
            if self.code[at:end].strip():
                yield at, end
            at = end + 1

    # --- clients ---

    @cached_property
    def clients(self) -> dict[str, Client | None]:
        """The names that stand for clients here; None for one that stands for several."""
        found: dict[str, Client | None] = {}
        for match in NEW.finditer(self.code):
            client = self.client(match[1])
            taken = _TAKEN.search(self.code[max(0, match.start() - HEAD) : match.start()]) if client else None
            if client is None or taken is None:
                continue
            given = self.code[match.end() : self.pairs.get(match.end() - 1, match.end())]
            elsewhere = ELSEWHERE.search(given) is not None and client.service not in ADDRESSED
            self._known(found, taken[1] or taken[2], Client(client.service, client.document or "DynamoDBDocument" in taken[3], elsewhere))
        for match in re.compile(rf"(?<![\w$])({NAME})\s*{TYPE}=\s*({NAME})\s*\.\s*from\s*\(\s*({NAME}|)").finditer(self.code):
            package, name = self.imports.get(match[2], ("", ""))
            if package == "@aws-sdk/lib-dynamodb" and name.startswith("DynamoDBDocument"):
                inner = found.get(match[3])
                self._known(found, match[1], Client("dynamodb", True, inner.elsewhere if inner else False))
        made_by_functions = any(
            self.client(match[1]) for unit in self.units.values() for match in NEW.finditer(self.code, unit.start, unit.end)
        )
        pattern = re.compile(rf"(?<![\w$])({NAME})\s*{TYPE}=\s*(?:await\s+)?({NAME})\s*\(")
        for match in pattern.finditer(self.code) if made_by_functions else ():
            maker = self.units.get(match[2])
            for made in NEW.finditer(self.code, maker.start, maker.end) if maker else ():
                client = self.client(made[1])
                if client is not None and re.search(r"(?:return|=>)\s*\(?\s*$", self.code[max(0, made.start() - 20) : made.start()]):
                    given = self.code[made.end() : self.pairs.get(made.end() - 1, made.end())]
                    self._known(found, match[1], Client(client.service, client.document, ELSEWHERE.search(given) is not None))
        return found

    @cached_property
    def typed(self) -> set[str]:
        """The names whose types are clients."""
        typed = re.compile(rf"(?<![\w$.])({NAME})\s*\??\s*:\s*({NAME}(?:\s*\.\s*{NAME})*)")
        return {name for name, type in typed.findall(self.code) if self.client(type) is not None} if self.imports else set()

    def _known(self, found: dict[str, Client | None], name: str, one: Client) -> None:
        before = found.get(name, one)
        same = before is not None and (before.service, before.document) == (one.service, one.document)
        found[name] = Client(one.service, one.document, one.elsewhere or before.elsewhere) if same and before else None

    def client(self, dotted: str) -> Client | None:
        """The client that a class makes."""
        steps = [step.strip() for step in dotted.split(".")]
        package, name = self.imports.get(steps[0], ("", ""))
        path = [*([] if name in ("*", "default") else name.split(".")), *steps[1:]]
        if package.startswith("@aws-sdk/client-"):
            service = known_as(package.removeprefix("@aws-sdk/client-"))
            return Client(service) if service and path and not path[-1].endswith("Command") else None
        if package.startswith("aws-sdk/clients/"):
            path = [package.removeprefix("aws-sdk/clients/"), *[step for step in path if step.lower() != package.rpartition("/")[2]]]
        elif package not in ("aws-sdk", "aws-sdk/index", "aws-sdk/global"):
            return None
        service = known_as(path[0].lower()) if path else ""
        return Client(service, path[1:] == ["DocumentClient"]) if service and len(path) <= 2 else None


def pairs(listed: str) -> Iterator[tuple[str, str]]:
    """`a, b as c` → (a, a), (b, c)."""
    for part in listed.split(","):
        words = [word for word in part.partition("=")[0].split() if word != "type"]
        if words and re.fullmatch(NAME, words[0]):
            last = words[2] if len(words) >= 3 and words[1] == "as" else words[0]
            if re.fullmatch(NAME, last):
                yield words[0], last
