"""Calls of the AWS SDKs for JavaScript, in JavaScript and TypeScript: commands of version 3, methods of version 2 and of its DocumentClient.

A call is told only where it is certain that the handler's code reaches it; what isn't understood is not told.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ifc.code.calls import Call, Either, Literal, Place, Reading, Variable
from ifc.code.script import ELSEWHERE, FROM_ENVIRONMENT, HEAD, NAME, NEW, TYPE, Client, Script, Unit, pairs
from ifc.code.sdk import ARGUMENTS, DOCUMENTS, MANAGED, TRANSACTED, WAITERS, known_as, plain
from ifc.code.sdk import ELSEWHERE as OTHERWISE
from ifc.code.sources import read
from ifc.exports import stripped

SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx")
BEHIND = 4  # names that a value is followed through
MANY = 400  # files that a handler imports; more are a tool's
# Packages that call no AWS service by themselves.
HARMLESS = {
    *("@aws-lambda-powertools/commons", "@aws-lambda-powertools/logger", "@aws-lambda-powertools/metrics", "@aws-lambda-powertools/tracer"),
    *(
        "@middy/core",
        "@types/aws-lambda",
        "ajv",
        "aws-lambda",
        "aws-sdk",
        "aws-xray-sdk",
        "aws-xray-sdk-core",
        "axios",
        "date-fns",
        "dayjs",
    ),
    *("http-errors", "joi", "jsonwebtoken", "lodash", "moment", "nanoid", "node-fetch", "pino", "source-map-support", "ulid", "uuid"),
    *("winston", "yup", "zod"),
}
BUILT_IN = {
    *("assert", "async_hooks", "buffer", "child_process", "cluster", "console", "crypto", "dgram", "dns", "events", "fs", "http"),
    *("http2", "https", "net", "os", "path", "perf_hooks", "process", "punycode", "querystring", "readline", "stream"),
    *("string_decoder", "timers", "tls", "tty", "url", "util", "v8", "vm", "worker_threads", "zlib"),
}
# Methods that many objects have: one of these is reached only where it is seen to be called on an object of its class.
COMMON = {
    *("add", "all", "apply", "append", "bind", "call", "catch", "check", "clear", "close", "concat", "create", "delete", "each"),
    *("end", "entries", "error", "exec", "filter", "find", "finally", "flush", "forEach", "format", "from", "get", "getAll"),
    *("has", "includes", "init", "insert", "join", "keys", "list", "load", "log", "map", "match", "next", "on", "open", "parse"),
    *("pop", "publish", "push", "put", "query", "read", "reduce", "remove", "replace", "run", "save", "scan", "send", "set"),
    *("slice", "some", "sort", "split", "start", "stop", "test", "then", "toJSON", "toString", "update", "upload", "values"),
    *("write",),
}
NO_OPERATIONS = {"send", "destroy", "config", "on", "makeRequest", "promise", "middlewareStack"}
SIGNED = ("getSignedUrl", "getSignedUrlPromise", "waitFor")
ASSETS = (".json", ".css", ".graphql", ".html")
_WORD = re.compile(rf"(?<![\w$]){NAME}")
_MEMBER = re.compile(rf"(?<![\w$])({NAME})\s*(?:\?\.|!?\.)\s*({NAME})")
_BEHIND = re.compile(rf"\.\s*({NAME})")
_CALLED = re.compile(rf"(?<![\w$])({NAME})\s*!?\s*\??\.\s*({NAME})\s*\(")
_HELPER = re.compile(rf"(?<![\w$.])(paginate|waitUntil|createPresignedPost)({NAME}|)\s*\(")
_ENV = re.compile(rf"(?:process\s*\.\s*)?env\s*\??\.\s*({NAME})|process\s*\.\s*env\s*(?:\?\.)?\[\s*(\"[^\"]*\")\s*\]")
_TYPED = re.compile(r"\s+as\s+[\w$.<>\[\]| ]+$|!$")

Entries: TypeAlias = Mapping[str, tuple[Unit, tuple[int, int]]]  # of an object: in which unit each value stands, and where


class Scripts:
    """The files of a code folder; each is read once."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        self.known: dict[str, Script | None] = {}

    def give(self, path: str, text: str, code: str) -> Script | None:
        """A file that was read already."""
        if path not in self.known:
            self.known[path] = Script(path, text, code)
        return self.known[path]

    def script(self, path: str) -> Script | None:
        """A file; None where there is none, or it can't be read."""
        if path not in self.known:
            content = read(path)
            text = content.decode("utf-8-sig", "replace") if content is not None else ""
            code = stripped(text) if content is not None else None
            self.known[path] = Script(path, text, code) if code is not None else None
        return self.known[path]

    def find(self, script: Script, package: str) -> Script | None:
        """The file of the own code that an import names."""
        if not package.startswith(".") or "\0" in package:
            return None
        base = os.path.normpath(os.path.join(os.path.dirname(script.path), package))
        if os.path.relpath(os.path.abspath(base), self.folder).startswith(".."):
            return None
        stem, suffix = os.path.splitext(base)
        tries = [base] if suffix in SUFFIXES else []
        tries += [base + s for s in SUFFIXES] + [os.path.join(base, "index" + s) for s in SUFFIXES]
        tries += [stem + s for s in SUFFIXES] if suffix in (".js", ".mjs") else []
        found = next((path for path in tries if path in self.known or os.path.isfile(path)), None)
        return self.script(found) if found is not None else None

    def mention_sdk(self, script: Script) -> bool:
        """Whether a file, or one that it imports of the own code, speaks of an SDK at all."""
        waiting, seen = [script], {script.path}
        while waiting:
            one = waiting.pop()
            if "aws-sdk" in one.text:
                return True
            for package in sorted(one.packages):
                found = self.find(one, package)
                if found is not None and found.path not in seen:
                    seen.add(found.path)
                    waiting.append(found)
        return False


class Following:
    """What one handler reaches."""

    def __init__(self, scripts: Scripts) -> None:
        self.scripts = scripts
        self.reached: dict[int, Unit] = {}
        self.loaded: dict[str, Script] = {}
        self.waiting: list[Unit] = []
        self.holders: dict[int, Unit] = {}  # classes and objects, whose methods wait until they are called
        self.called: set[str] = set()  # method names
        self.lost = False  # a file of the own code can't be read

    def start(self, script: Script, function: str) -> bool:
        """Finds what a handler reaches; whether its function is there."""
        self.load(script)
        found = self.given(script, function, 0)
        for unit in found:
            self.reach(unit)
        while self.waiting:
            while self.waiting:
                self.follow(self.waiting.pop())
            for holder in list(self.holders.values()):
                for method in holder.inner:
                    if id(method) not in self.reached and self.is_called(holder, method):
                        self.reach(method)
        return bool(found)

    def is_called(self, holder: Unit, method: Unit) -> bool:
        """Whether a method of a class, or of an object, is called; one with a name that many have, on the right thing."""
        if method.name == "constructor":
            return True
        return method.name in self.called and (method.name not in COMMON or self.on_right_thing(holder, method))

    def on_right_thing(self, holder: Unit, method: Unit) -> bool:
        name = re.escape(holder.name)
        made = re.compile(rf"(?<![\w$])({NAME})\s*{TYPE}=\s*(?:await\s+)?new\s+{name}\b|(?<![\w$])({NAME})\s*\??\s*:\s*{name}\b")
        receivers = {holder.name, "this"}
        for script in self.loaded.values():
            receivers |= {a or b for a, b in made.findall(script.code)}
        for script in self.loaded.values():
            receivers |= {here for here, (package, there) in script.imports.items() if there in receivers and package.startswith(".")}
        for unit in self.reached.values():
            for start, end in unit.stretches():
                for found in _MEMBER.finditer(unit.script.code, start, end):
                    inside = unit.script is holder.script and holder.start <= found.start() < holder.end
                    if found[2] == method.name and found[1] in receivers and (found[1] != "this" or inside):
                        return True
        return False

    def load(self, script: Script) -> None:
        """Loads a file and what it imports: what stands in no function runs then."""
        waiting = [script]
        while waiting and len(self.loaded) < MANY:
            one = waiting.pop()
            if one.path in self.loaded:
                continue
            self.loaded[one.path] = one
            for unit in one.loading:
                self.reach(unit)
            for package in sorted(one.packages):
                found = self.scripts.find(one, package)
                if found is not None:
                    waiting.append(found)
                elif package.startswith(".") and not package.endswith(ASSETS):
                    self.lost = True

    def given(self, script: Script, name: str, depth: int) -> list[Unit]:
        """The units that a file gives under a name."""
        if depth > BEHIND:
            return []
        here = script.exported.get(name)
        if here is not None:
            if here in script.units:
                return [script.units[here]]
            if here.startswith("module.exports.") and "module.exports" in script.units:
                unit = script.units["module.exports"]
                return [inner for inner in unit.inner if f"module.exports.{inner.name}" == here] or [unit]
            return self.imported(script, here, depth + 1) if here in script.imports else []
        for package, names in script.passed:
            other = self.scripts.find(script, package)
            if other is not None and (not names or name in names):
                found = self.given(other, names.get(name, name), depth + 1)
                if found:
                    return found
        return []

    def imported(self, script: Script, name: str, depth: int = 0) -> list[Unit]:
        """The units that an imported name stands for."""
        package, there = script.imports[name]
        other = self.scripts.find(script, package)
        return self.given(other, "default" if there == "*" else there, depth) if other is not None else []

    def reach(self, unit: Unit) -> None:
        """Notes a unit; the methods of a class or an object wait for being called."""
        if id(unit) not in self.reached:
            self.reached[id(unit)] = unit
            self.waiting.append(unit)
            if unit.inner:
                self.holders[id(unit)] = unit

    def follow(self, unit: Unit) -> None:
        """Reaches what the code of a unit names."""
        script = unit.script
        for start, end in unit.stretches():
            for match in _MEMBER.finditer(script.code, start, end) if script.wholes else ():
                if match[1] in script.wholes and (other := self.scripts.find(script, script.wholes[match[1]])):
                    for found in self.given(other, match[2], 0):
                        self.reach(found)
            self.called.update(_BEHIND.findall(script.code, start, end))
            known_here = script.units.keys() | script.imports.keys()
            words = _WORD.finditer(script.code, start, end)
            for match in words if not known_here.isdisjoint(_WORD.findall(script.code, start, end)) else ():
                if match.group() not in known_here:
                    continue
                before = script.code[max(0, match.start() - 10) : match.start()]
                ours = ("...", "exports.", "this.") if unit.name in script.exported else ("...", "exports.")
                if before.endswith(".") and not before.endswith(ours):
                    continue
                known = script.units.get(match.group())
                if known is not None and not known.start <= match.start() < known.end:
                    self.reach(known)
                elif match.group() in script.imports:
                    for found in self.imported(script, match.group()):
                        self.reach(found)

    # --- calls of the SDK ---

    def sdk_calls(self) -> Iterator[Call]:
        """The calls of the SDK in what is reached."""
        for unit in self.reached.values():
            for start, end in unit.stretches():
                yield from self.commands(unit, start, end)
                yield from self.helpers(unit, start, end)
                yield from self.methods(unit, start, end)

    def commands(self, unit: Unit, start: int, end: int) -> Iterator[Call]:
        """`new PutItemCommand({…})`, `new Upload({…})`."""
        script = unit.script
        for match in NEW.finditer(script.code, start, end):
            steps = [step.strip() for step in match[1].split(".")]
            package, name = script.imports.get(steps[0], ("", ""))
            name = steps[-1] if name in ("*", "default") or len(steps) > 1 else name
            given = self.arguments(unit, match.end() - 1, 0)
            if package == "@aws-sdk/lib-storage" and name == "Upload":
                params = given.get("params")
                yield from self.told(unit, "s3", "PutObject", match.span(1), self.object(params[0], *params[1], 0) if params else {})
            elif name.endswith("Command"):
                yield from self.of_package(unit, package, name.removesuffix("Command"), match.span(1), given)

    def helpers(self, unit: Unit, start: int, end: int) -> Iterator[Call]:
        """`paginateScan(…)`, `waitUntilObjectExists(…)`, `createPresignedPost(…)`."""
        for match in _HELPER.finditer(unit.script.code, start, end):
            package, _ = unit.script.imports.get(match[1] + match[2], ("", ""))
            package = "@aws-sdk/client-s3" if package == "@aws-sdk/s3-presigned-post" else package
            operation = match[2] or "PutObject"
            if match[1] == "waitUntil":
                operation = WAITERS.get(_service(package), {}).get(operation.lower(), "")
            if operation:
                given = self.arguments(unit, match.end() - 1, 1)
                yield from self.of_package(unit, package, operation, (match.start(1), match.end() - 1), given)

    def of_package(self, unit: Unit, package: str, operation: str, span: tuple[int, int], given: Entries) -> Iterator[Call]:
        """The calls of an operation that a package of version 3 has."""
        service = _service(package)
        if package == "@aws-sdk/lib-dynamodb":
            operation = DOCUMENTS.get(operation.lower(), operation)
        if service and not self.elsewhere(service):
            yield from self.told(unit, service, operation, span, given)

    def elsewhere(self, service: str) -> bool:
        """Whether some client of a service is made with other credentials, or for another place than AWS."""
        return any(c is not None and c.service == service and c.elsewhere for s in self.loaded.values() for c in s.clients.values())

    def methods(self, unit: Unit, start: int, end: int) -> Iterator[Call]:
        """`s3.putObject({…})`, `documents.put({…})`, `new AWS.SNS().publish({…})`."""
        script, code = unit.script, unit.script.code
        known = script.clients.keys() | script.typed | {name for name, (package, _) in script.imports.items() if package.startswith(".")}
        for match in _CALLED.finditer(code, start, end) if known else ():
            if match[1] not in known:
                continue
            client = self.client(script, match[1])
            if self.is_parameter(unit, match[1], match.start()):
                client = self.typed(unit, match[1], match.start())
            if client is not None and not client.elsewhere:
                yield from self.of_method(unit, client, match[2], (match.start(1), match.end(2)), match.end() - 1)
        for match in NEW.finditer(code, start, end):
            client, close = script.client(match[1]), script.pairs.get(match.end() - 1)
            if client is None or close is None or ELSEWHERE.search(code, match.end(), close):
                continue
            behind = re.compile(rf"\s*\)?\s*\.\s*({NAME})\s*\(").match(code, close + 1)
            if behind:
                yield from self.of_method(unit, client, behind[1], behind.span(1), behind.end() - 1)

    def client(self, script: Script, name: str) -> Client | None:
        """The client that a name stands for, here or where it is imported from."""
        if name in script.clients or name not in script.imports:
            return script.clients.get(name)
        package, there = script.imports[name]
        other = self.scripts.find(script, package)
        return other.clients.get(other.exported.get("default" if there == "*" else there, there)) if other is not None else None

    def typed(self, unit: Unit, name: str, at: int) -> Client | None:
        """The client that a parameter is by its type."""
        types = re.compile(rf"(?<![\w$.]){re.escape(name)}\s*\??\s*:\s*({NAME}(?:\s*\.\s*{NAME})*)").findall(
            unit.script.code, unit.start, at
        )
        return unit.script.client(types[-1]) if types else None

    def of_method(self, unit: Unit, client: Client, name: str, span: tuple[int, int], opening: int) -> Iterator[Call]:
        """The calls that a method of a client is."""
        service = client.service
        if client.document:
            if name.lower() in DOCUMENTS:
                yield from self.told(unit, service, DOCUMENTS[name.lower()], span, self.arguments(unit, opening, 0))
        elif name in SIGNED:
            for begin, stop in list(unit.script.elements(opening))[:1]:
                place = self.place(unit, begin, stop, 0)
                operation = place.text if isinstance(place, Literal) and place.text.isalnum() else ""
                if name == "waitFor":
                    operation = WAITERS.get(service, {}).get(operation.lower(), "")
                if operation:
                    yield from self.told(unit, service, _capital(operation), span, self.arguments(unit, opening, 1))
        elif name not in NO_OPERATIONS:
            for operation in MANAGED.get(service, {}).get(name, (_capital(name),)):
                yield from self.told(unit, service, operation, span, self.arguments(unit, opening, 0))

    def told(self, unit: Unit, service: str, operation: str, span: tuple[int, int], given: Entries) -> Iterator[Call]:
        """The calls of an operation, one for each resource."""
        if any(name in given for name in OTHERWISE.get(service, ())):
            return
        lowered = f"{service}:{operation.lower()}"
        found: list[tuple[str, Place | None]]
        if lowered in ("dynamodb:transactwriteitems", "dynamodb:transactgetitems"):
            found = list(self.transacted(given)) or [(operation, None)]
        elif lowered in ("dynamodb:batchgetitem", "dynamodb:batchwriteitem"):
            found = [(operation, place) for place in self.keys(given)] or [(operation, None)]
        elif lowered == "events:putevents":
            found = [(operation, place) for place in self.buses(given)] or [(operation, None)]
        else:
            named = next((given[name] for name in ARGUMENTS.get(service, ()) if name in given), None)
            found = [(operation, self.place(named[0], *named[1], 0) if named else None)]
            if lowered == "s3:copyobject":
                found.append(("GetObject", None))
        text = unit.script.text  # in the code, comments of several lines have none
        line, column = text.count("\n", 0, span[0]) + 1, span[0] - text.rfind("\n", 0, span[0])
        for what, place in found:
            yield Call(service, what, place, unit.script.path, line, column, span[1] - span[0])

    # --- arguments ---

    def arguments(self, unit: Unit, opening: int, index: int) -> Entries:
        """The entries of an argument that is an object."""
        listed = list(unit.script.elements(opening))
        return self.object(unit, *listed[index], 0) if index < len(listed) else {}

    def object(self, unit: Unit, start: int, end: int, depth: int) -> Entries:
        """The entries of an object; `...` is among them where there may be more."""
        script, code = unit.script, unit.script.code
        begin = re.compile(r"[\s(]*(?:<[^<>]*>)?\s*").match(code, start, end)
        at = begin.end() if begin else start
        found: dict[str, tuple[Unit, tuple[int, int]]] = {}
        if depth <= BEHIND and code[at : at + 1] == "{":
            for name, (a, b) in script.entries(at).items():
                if name.startswith("..."):
                    for key, one in self.object(unit, a, b, depth + 1).items():
                        found.setdefault(key, one)
                else:
                    found[name] = (unit, (a, b))
            return found
        word = re.compile(rf"({NAME})(?:\s+as\s+[\w$.<>\[\]]+)?[\s)]*").fullmatch(code, at, end)
        if depth <= BEHIND and word and not self.is_parameter(unit, word[1], start):
            declared = re.compile(rf"(?<![\w$.]){re.escape(word[1])}\s*(?::[^=;]{{0,400}}?)?=\s*(?=\{{)")
            before = [(unit, match.end()) for match in declared.finditer(code, unit.start, start)][-1:]
            before += [(one, match.end()) for one in script.loading for match in declared.finditer(code, one.start, one.end)]
            for where, brace in before[:1]:
                return self.object(where, brace, script.pairs.get(brace, brace) + 1, depth + 1)
        return {"...": (unit, (start, end))}

    def is_parameter(self, unit: Unit, name: str, at: int) -> bool:
        """Whether a name is a parameter of a function around a place."""
        script, code = unit.script, unit.script.code
        for match in re.compile(rf"[(,{{]\s*{re.escape(name)}\s*[,:)=?}}]").finditer(code, unit.start, at):
            opening = code.rfind("(", unit.start, match.end())
            close = script.pairs.get(opening)
            if (
                close is None
                or close >= at
                or re.search(r"(?<![\w$])(?:if|for|while|switch|catch)\s*$", code[max(0, opening - 12) : opening])
            ):
                continue
            if re.compile(r"\s*(?::[^={;]*)?(?:=>|\{)").match(code, close + 1):
                return True
        return re.search(rf"(?<![\w$.]){re.escape(name)}\s*=>", code[unit.start : at]) is not None

    def listed(self, given: Entries, name: str) -> Iterator[Entries]:
        """The objects in a list."""
        if name not in given:
            return
        unit, (start, end) = given[name]
        bracket = unit.script.code.find("[", start, end)
        if bracket >= 0 and not unit.script.code[start:bracket].strip():
            yield from (self.object(unit, a, b, 0) for a, b in unit.script.elements(bracket))

    def transacted(self, given: Entries) -> Iterator[tuple[str, Place | None]]:
        """The operations of a transaction."""
        for fields in self.listed(given, "TransactItems"):
            for word, (unit, span) in fields.items():
                if word in TRANSACTED:
                    named = self.object(unit, *span, 0).get("TableName")
                    yield TRANSACTED[word], self.place(named[0], *named[1], 0) if named else None

    def keys(self, given: Entries) -> Iterator[Place | None]:
        """The tables of a batch."""
        if "RequestItems" not in given:
            return
        unit, (start, end) = given["RequestItems"]
        for name, (where, (value, _)) in self.object(unit, start, end, 0).items():
            if name.startswith("["):
                at = where.script.code.rfind(name[1:-1], 0, value)
                yield self.place(where, at, at + len(name) - 2, 0)
            else:
                yield None if name == "..." else Literal(name)

    def buses(self, given: Entries) -> Iterator[Place | None]:
        """The buses of events that are put; an event that names none goes to the default one."""
        for fields in self.listed(given, "Entries"):
            named = fields.get("EventBusName")
            if named:
                yield self.place(named[0], *named[1], 0)
            else:
                yield None if "..." in fields else Literal("default")

    # --- places ---

    def place(self, unit: Unit, start: int, end: int, depth: int) -> Place | None:
        """What an expression tells of a resource."""
        script, code = unit.script, unit.script.code
        while start < end and code[start] in " \t\r\n(":
            start += 1
        while end > start and code[end - 1] in " \t\r\n);":
            end -= 1
        written = code[start:end]
        if depth > BEHIND or not written or len(written) > HEAD:
            return None
        shorter = _TYPED.sub("", written)
        if shorter != written:
            return self.place(unit, start, start + len(shorter), depth + 1)
        if written.startswith('"'):
            whole = written.find('"', 1) == len(written) - 1 and script.text[start] != "`" and len(written) > 2
            return Literal(script.written(start, end)) if whole else None
        for sign in ("||", "??"):
            if sign in written:
                found = self.place(unit, start, start + written.index(sign), depth + 1)
                return found if isinstance(found, Variable) else None
        env = _ENV.fullmatch(written)
        if env and (written.startswith("process") or _is_environment(script)):
            return Variable(env[1] or script.written(start + env.start(2), start + env.end(2)))
        wrapped = re.fullmatch(r"String\s*\(\s*([^()]*)", written)
        if wrapped:
            return self.place(unit, start + wrapped.start(1), start + wrapped.end(1), depth + 1)
        member = re.fullmatch(rf"({NAME})\s*\.\s*({NAME})", written)
        if member:
            return self.member(unit, member[1], member[2], depth)
        return self.named(unit, written, start, depth) if re.fullmatch(NAME, written) else None

    def named(self, unit: Unit, name: str, at: int, depth: int) -> Place | None:
        """What a name tells."""
        if self.is_parameter(unit, name, at):
            return None
        script, code = unit.script, unit.script.code
        found: list[Place | None] = []
        pattern = re.compile(rf"(?<![\w$.]){re.escape(name)}\s*(?::[^=;(){{}}]*?)?=(?![=>])\s*")
        for where in [unit, *script.loading] if unit.name else script.loading:
            for match in pattern.finditer(code, where.start, where.end):
                found.append(self.place(where, match.end(), script.value_end(match.end()), depth + 1))
            if found:
                break
        if not found:
            for match in FROM_ENVIRONMENT.finditer(code):
                for outside, here in pairs(match[1].replace(":", " as ")):
                    if here == name:
                        return Variable(outside)
            return self.imported_place(script, name, depth)
        simple = tuple(sorted({p for p in found if isinstance(p, Variable | Literal)}, key=repr))
        if len(found) == 1:
            return found[0]
        return Either(simple) if None not in found and simple else None

    def imported_place(self, script: Script, name: str, depth: int) -> Place | None:
        """What an imported name tells."""
        package, there = script.imports.get(name, ("", ""))
        other = self.scripts.find(script, package)
        if other is None or there in ("*", "default") or not other.loading:
            return None
        assigned = re.compile(rf"(?<![\w$])exports\s*\.\s*{re.escape(there)}\s*=\s*").search(other.code)
        if assigned:
            return self.place(other.loading[-1], assigned.end(), other.value_end(assigned.end()), depth + 1)
        return self.named(Unit(other, "", 0, 0), other.exported.get(there, there), 0, depth + 1)

    def member(self, unit: Unit, owner: str, name: str, depth: int) -> Place | None:
        """What `config.table` or `this.table` tells."""
        script = unit.script
        if owner == "this":
            assigned = re.compile(
                rf"(?:this\s*\.\s*|[;{{}}\n]\s*(?:(?:private|public|protected|readonly|static)\s+)*){re.escape(name)}\s*(?::[^=;(){{}}]*)?=(?![=>])\s*"
            )
            found = [self.place(unit, m.end(), script.value_end(m.end()), depth + 1) for m in assigned.finditer(script.code)]
            return found[0] if len(found) == 1 else None
        holders = [(script, owner)]
        package, there = script.imports.get(owner, ("", ""))
        other = self.scripts.find(script, package)
        if other is not None:
            holders.append((other, other.exported.get("default" if there == "*" else there, there)))
        for holder, inside in holders:
            declared = re.compile(rf"(?<![\w$.]){re.escape(inside)}\s*(?::[^=;]{{0,400}}?)?=\s*(?=\{{)").search(holder.code)
            entry = holder.entries(declared.end()).get(name) if declared else None
            if entry:
                return self.place(Unit(holder, "", 0, 0), *entry, depth + 1)
        if other is not None and there in ("*", "default"):
            here = other.exported.get(name, name)
            if re.fullmatch(NAME, here):
                return self.named(Unit(other, "", 0, 0), here, 0, depth + 1)
        return None


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _service(package: str) -> str:
    """The service of a package of version 3, "" for others."""
    if package == "@aws-sdk/lib-dynamodb":
        return "dynamodb"
    return known_as(package.removeprefix("@aws-sdk/client-")) if package.startswith("@aws-sdk/client-") else ""


def _is_environment(script: Script) -> bool:
    """Whether `env` is the environment there."""
    return script.imports.get("env", ("", ""))[0] in ("process", "node:process") or bool(
        re.search(r"(?<![\w$.])env\s*=\s*process\s*\.\s*env\s*[;,\n]|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b", script.code)
    )


def reading(script: Script, function: str, scripts: Scripts) -> Reading | None:
    """What a handler's function does; None where its file has no such function that can be followed."""
    following = Following(scripts)
    if not following.start(script, function):
        return None
    unique = {(c.path, c.line, c.column, c.service, c.operation, repr(c.place)): c for c in following.sdk_calls()}
    calls = tuple(unique[key] for key in sorted(unique))
    words, more = said(following)
    return Reading(calls, words, more, {call.path: following.loaded[call.path].text for call in calls})


def said(following: Following) -> tuple[frozenset[str], bool]:
    """Every name in code that a handler may reach (methods being reached by name alone), and whether there may be more."""
    by_name: dict[str, list[Unit]] = {}
    for script in following.loaded.values():
        for unit in script.units.values():
            for one in (unit, *unit.inner):
                by_name.setdefault(one.name, []).append(one)
    waiting, seen = list(following.reached.values()), set()
    found: set[str] = set()
    while waiting:
        unit = waiting.pop()
        if id(unit) in seen:
            continue
        seen.add(id(unit))
        for start, end in unit.stretches():
            words = set(_WORD.findall(unit.script.saying, start, end))
            for word in words - found:
                waiting += by_name.get(word, ())
            found |= words
    found |= {there for script in following.loaded.values() for here, (_, there) in script.imports.items() if here in found}
    loaded = following.loaded.values()
    more = following.lost or any(script.dynamic or not all(map(_is_harmless, script.packages)) for script in loaded)
    return frozenset(found) | frozenset(map(plain, found)), more


def _is_harmless(package: str) -> bool:
    first = package.partition("/")[0]
    return package.startswith((".", "node:", "@aws-sdk/", "@smithy/")) or package in HARMLESS or first in BUILT_IN or first in HARMLESS
