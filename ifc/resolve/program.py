"""The statements of a program, sorted by what they are, and the names they declare."""

from __future__ import annotations

import re

import attrs

from ifc.diagnostics import Label, Report, article, near
from ifc.kinds import kinds, load
from ifc.model.scope import BUILT_IN, LOOKUPS, Symbol, short
from ifc.model.settings import CONTINUES, continued
from ifc.resolve import later
from ifc.syntax import tree
from ifc.syntax.tree import RESERVED
from ifc.verbs import VERBS

NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
TAKEN = {
    **dict.fromkeys((*RESERVED, *LOOKUPS, *BUILT_IN, "aws", "true", "false", "null", "on", "off", "none"), "the language"),
    "Prefix": "the compiler",
    "CodeBucket": "the compiler",
    "Deployments": "the compiler",
    "ScheduleGroup": "the compiler",
}
SCHEDULES = ("every", "cron", "at")
# What services and other languages call a kind.
FOREIGN = {
    "lambda": "function",
    "func": "function",
    "fn": "function",
    "sqs": "queue",
    "sns": "topic",
    "dynamodb": "table",
    "dynamo": "table",
    "database": "table",
    "s3": "bucket",
    "kinesis": "stream",
    "eventbridge": "bus",
    "gateway": "api",
    "apigateway": "api",
    "rest": "api",
    "http": "api",
    "parameter": "param",
    "variable": "param",
    "var": "param",
    "let": "param",
    "include": "import",
    "environment": "stage",
    "existing": "extern",
    "stepfunction": "workflow",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY", "DEFAULT")
WORDS = ("app", "import", "param", "output", "defaults", "stage", "extern")
_BROKEN = re.compile(r"(?:extern\s+)?([a-z]+)\s+([A-Za-z][A-Za-z0-9]*)")


@attrs.define(eq=False, repr=False)
class Declares:
    """One declaration of a resource: its statement, its kind, the index of what follows its name, and its layer."""

    kind: str
    name: str
    word: tree.Word
    statement: tree.Declaration
    after: int
    extern: bool
    overlay: list[tree.Declaration] = attrs.field(factory=list)  # what the stage says of it


@attrs.define(eq=False, repr=False)
class Program:
    """A program's statements by what they are."""

    report: Report
    stage: str
    app: tree.Declaration | None = None
    unnamed: bool = False  # there is an `app`, and it can't be read
    params: dict[str, tuple[tree.Declaration, tree.Word]] = attrs.field(factory=dict)
    param_overlays: dict[str, tree.Declaration] = attrs.field(factory=dict)
    outputs: list[tuple[tree.Declaration, tree.Word]] = attrs.field(factory=list)
    defaults: dict[str, list[tree.Block]] = attrs.field(factory=dict)
    stages: dict[str, list[tree.Declaration]] = attrs.field(factory=dict)
    stage_settings: list[tree.Declaration] = attrs.field(factory=list)
    declares: dict[str, Declares] = attrs.field(factory=dict)
    wires: list[tree.Wire] = attrs.field(factory=list)
    strange: list[tuple[tree.Declaration, tree.Word]] = attrs.field(factory=list)  # what begins with no word of the language
    symbols: dict[str, Symbol] = attrs.field(factory=dict)
    lowered: dict[tuple[str, str], Symbol] = attrs.field(factory=dict)  # (kind, name in lower case)

    # --- statements ---

    def take(self, statement: tree.Statement) -> None:
        """Sorts one top-level statement."""
        if isinstance(statement, tree.Broken):
            self.guess(statement)
            return
        word = tree.head_word(statement)
        if isinstance(statement, tree.Wire):
            self.wire(statement, word)
            return
        if word is None or len(statement.head[0]) > 1:
            self.report.error(
                "IFC209",
                f"`{short(statement.span)}` is no statement",
                statement.head[0][0].span,
                "unexpected",
                "a statement begins with a kind, such as `function`, or is an arrow: `A -> b`",
            )
            for value in (value for args in statement.head for value in args):
                if isinstance(value, tree.Word):
                    self.silence(value)
            return
        if statement.guard is not None:
            later.guard(statement.guard.span, self.report)
        if statement.where is not None and word.text not in later.STATEMENTS and not takes_condition(word.text):
            self.report.error(
                "IFC405", "a `where` belongs before an arrow", statement.where.span, "no arrow follows", "write `Source where … -> target`"
            )
        self.declaration(statement, word)

    def wire(self, statement: tree.Wire, word: tree.Word | None) -> None:
        """Takes an arrow; one that grows out of a declaration (`queue Jobs -> work`) is reported, and the name kept."""
        kind = word.text if word is not None and len(statement.head[0]) == 1 else ""
        names = [a[0] for a in statement.head[1:] if isinstance(a[0], tree.Word)]
        if not names or kind not in (*kinds(), *later.STATEMENTS, "extern", "param", "app") or kind in self.symbols:
            self.wires.append(statement)
            return
        name = names[-1] if kind == "extern" else names[0]
        arrow = f"Source -> {name.text}" if kind == "function" else f"{name.text} -> …"
        self.report.error(
            "IFC407",
            f"an arrow begins at a name, and this is a declaration of `{name.text}`",
            statement.head[0][0].span.to(name.span),
            "a declaration",
            f"end the declaration on its line, and write `{arrow}` below it; a line that begins with `->` continues the line above",
        )
        self.silence(name)

    def declaration(self, statement: tree.Declaration, word: tree.Word) -> None:
        kind = word.text
        if kind == "app":
            if self.app is not None:
                self.report.error(
                    "IFC202", "the program has two `app`s", statement.span, "the second", "keep one", [Label(self.app.span, "the first")]
                )
            else:
                self.app = statement
        elif kind == "import":
            return  # files.load followed it
        elif kind == "param":
            self.param(statement)
        elif kind == "output":
            name = self.name_at(statement, 1, "an output")
            if name is not None:
                self.outputs.append((statement, name))
        elif kind == "defaults":
            self.default(statement)
        elif kind == "stage":
            name = self.name_at(statement, 1, "a stage")
            if name is not None:
                self.stages.setdefault(name.text, []).append(statement)
        elif kind == "extern":
            self.extern(statement)
        elif kind in later.STATEMENTS:
            self.later(statement, kind)
        elif kind in kinds() and load(kind).doc:
            self.declare(kind, statement, 1, False)
        else:
            self.strange.append((statement, word))

    def unknown(self, statement: tree.Declaration, word: tree.Word) -> None:
        """Reports a statement that begins with a word the language does not have (when all names are known)."""
        if statement.where is not None or statement.guard is not None:
            return  # that is what is wrong with it
        error = self.report.error
        if word.text in METHODS:
            error(
                "IFC209",
                "a route belongs in an `api` block",
                statement.span,
                "outside of an api",
                "write `api Name { METHOD /path -> function }`",
            )
        elif word.text in SCHEDULES:
            error("IFC209", "a schedule needs an arrow", statement.span, "no arrow", "write `every 1h -> function`")
        elif word.text in VERBS or word.text == "allow":
            error(
                "IFC209",
                f"`{word.text}` belongs in a `function` block",
                word.span,
                "outside of a function",
                'write `function name "file.handler" { … }` around it',
            )
        elif word.text in CONTINUES:
            continued(word, self.report)
        elif word.text in RESERVED:
            error(
                "IFC112",
                f"`{word.text}` is a reserved word and stands in the wrong place",
                word.span,
                "reserved",
                "it can't begin a statement",
            )
        elif word.text in self.symbols:
            error(
                "IFC209",
                f"`{word.text}` is declared already, and a statement can't begin with it",
                statement.span,
                "not a statement",
                "what a stage changes of it belongs in a `stage` block; an arrow is `A -> b`",
            )
        else:
            known = [*(k for k in kinds() if load(k).doc), *WORDS, *later.STATEMENTS]
            close = FOREIGN.get(word.text.lower()) or near(word.text, known)
            self.unnamed |= close == "app"
            error(
                "IFC209",
                f"`{word.text}` is no kind of the language",
                word.span,
                "unknown kind",
                f"write `{close}`" if close else self.kinds_help(statement, word),
            )
        name = statement.head[1][0] if len(statement.head) > 1 else word
        self.silence(name if isinstance(name, tree.Word) else word)  # `Work { … }`: its kind was forgotten
        self.unnamed |= len(statement.head) == 1 and statement.block is None and self.app is None

    @staticmethod
    def kinds_help(statement: tree.Declaration, word: tree.Word) -> str:
        """What to write for a word that is no kind: perhaps the kind before a name."""
        second = statement.head[1][0] if len(statement.head) > 1 else None
        if isinstance(second, tree.Text) and NAME.fullmatch(word.text):
            return f"a declaration begins with its kind: `function {word.text} {short(second.span)}`"
        if second is None and statement.block is not None and NAME.fullmatch(word.text):
            return f"a declaration begins with its kind: `queue {word.text} {{ … }}`, say"
        return f"there are {', '.join(f'`{k}`' for k in kinds() if load(k).doc)}"

    def name_at(self, statement: tree.Declaration, index: int, what: str) -> tree.Word | None:
        """The declared name at a place of the head; None after an error."""
        args = statement.head[index] if len(statement.head) > index else ()
        node = args[0] if args else None
        after = statement.head[index + 1][0] if len(statement.head) > index + 1 else None
        if (
            isinstance(node, tree.Word)
            and len(args) == 1
            and node.text == statement.head[index - 1][0].span.text
            and isinstance(after, tree.Word)
        ):
            self.report.error("IFC305", f"`{node.text}` is written twice", node.span, "again", "take one of them out")
            self.silence(after)
            return None
        if isinstance(node, tree.Word) and len(args) == 1 and NAME.fullmatch(node.text):
            return node
        if node is None:
            self.report.error(
                "IFC205", f"{what} needs a name", statement.head[-1][-1].span, "no name after it", "write a name of letters and digits"
            )
        elif len(args) > 1:
            self.report.error("IFC205", "each name is declared by itself", args[1].span, "a second name", "declare one after the other")
            for each in (value for rest in statement.head[index:] for value in rest):  # a comma at a line's end takes the next line in
                if isinstance(each, tree.Word):
                    self.silence(each)
        elif isinstance(node, tree.Text) and node.plain and NAME.fullmatch(node.plain):
            self.report.error(
                "IFC205", f"`{node.plain}` is a name and stands without quotes", node.span, "in quotes", f"write `{node.plain}`"
            )
            self.silence(tree.Word(node.span, node.plain))
        elif not isinstance(node, tree.Word):
            self.report.error(
                "IFC205",
                f"{what} needs a name before `{short(node.span)}`",
                node.span,
                "no name before it",
                f"write `{statement.head[index - 1][-1].span.text} name {short(node.span)}`",
            )
        else:
            self.silence(node)
            fixed = "".join(p if i == 0 else p[:1].upper() + p[1:] for i, p in enumerate(re.findall(r"[A-Za-z0-9]+", node.text))).lstrip(
                "0123456789"
            )
            self.report.error(
                "IFC205",
                f"`{short(node.span)}` is not a name",
                node.span,
                "letters and digits only",
                f"write `{fixed}`" if fixed else "a name begins with a letter",
            )
        return None

    # --- what declares a name ---

    def declare(self, kind: str, statement: tree.Declaration, at: int, extern: bool) -> None:
        name = self.name_at(statement, at, f"{article(kind)}")
        if name is None:
            return
        attributes = load(kind).attributes
        symbol = Symbol(name.text, kind, name.span, None if kind == "resource" else tuple(attributes), extern)
        if self.add(symbol):
            self.declares[name.text] = Declares(kind, name.text, name, statement, at + 1, extern)

    def extern(self, statement: tree.Declaration) -> None:
        kind = statement.head[1][0] if len(statement.head) > 1 else None
        if not isinstance(kind, tree.Word) or len(statement.head[1]) > 1:
            self.report.error(
                "IFC209", "`extern` needs a kind", statement.head[0][0].span, "no kind after it", 'write `extern table Name "name or arn"`'
            )
        elif kind.text in later.STATEMENTS:
            self.later(statement, kind.text, 2)
        elif kind.text not in kinds() or not load(kind.text).doc or load(kind.text).extern_settings is None:
            able = [k for k in kinds() if load(k).doc and load(k).extern_settings is not None]
            close = FOREIGN.get(kind.text.lower()) or near(kind.text, able)
            self.report.error(
                "IFC209",
                f"{article(kind.text)} can't be extern",
                kind.span,
                "not such a kind",
                f"write `{close}`" if close and close != kind.text else f"there are {', '.join(f'`{k}`' for k in able)}",
            )
            name = statement.head[2][0] if len(statement.head) > 2 else None
            if isinstance(name, tree.Word):
                self.silence(name)
        else:
            self.declare(kind.text, statement, 2, True)

    def later(self, statement: tree.Declaration, kind: str, at: int = 1) -> None:
        """Reports a statement of a later release, and keeps its name from being reported too."""
        later.statement(kind, statement.head[0][0].span, self.report)
        index = 3 if kind == "use" and len(statement.head) > 3 else at
        name = statement.head[index][0] if len(statement.head) > index else None
        if isinstance(name, tree.Word) and kind != "component":
            self.silence(name)

    def silence(self, name: tree.Word) -> None:
        """Takes a name whose declaration is reported already: using it is no second mistake."""
        self.symbols.setdefault(name.text, Symbol(name.text, "?", name.span, None))

    def unread(self, name: str) -> bool:
        """Whether a name is that of a declaration that can't be read, which is reported already."""
        found = self.symbols.get(name)
        return found is not None and found.kind == "?"

    def guess(self, statement: tree.Broken) -> None:
        """Keeps the name of a statement that could not be read from being reported too."""
        match = _BROKEN.match(statement.span.text)
        if match and (match[1] in kinds() or match[1] in later.STATEMENTS or match[1] in ("param", "stage")):
            self.symbols.setdefault(match[2], Symbol(match[2], "?", statement.span, None))
        self.unnamed |= statement.span.text.startswith("app")

    def add(self, symbol: Symbol) -> bool:
        """Takes a declared name; False, after an error, where it is taken."""
        before = self.symbols.get(symbol.name)
        if symbol.name in TAKEN:
            self.report.error("IFC204", f"`{symbol.name}` is a word of {TAKEN[symbol.name]}", symbol.span, "taken", "choose another name")
            self.silence(tree.Word(symbol.span, symbol.name))
            return False
        if before is not None and before.kind != "?":
            self.report.error(
                "IFC202",
                f"`{symbol.name}` is declared twice",
                symbol.span,
                "again",
                "give one of them another name",
                [Label(before.span, f"{article(before.kind)}, declared here")],
            )
            return False
        same = self.lowered.get((symbol.kind, symbol.name.lower()))
        if same is not None and same.name != symbol.name:
            alike = " and ".join(f"`{name}`" for name in sorted((symbol.name, same.name)))
            self.report.error(
                "IFC203",
                f"{alike} differ only in case",
                symbol.span,
                "too alike",
                "many names of AWS ignore case: give one of them another name",
                [Label(same.span, "the other one")],
            )
            self.silence(tree.Word(symbol.span, symbol.name))
            return False
        self.lowered[symbol.kind, symbol.name.lower()] = symbol
        self.symbols[symbol.name] = symbol
        return True

    def param(self, statement: tree.Declaration) -> None:
        name = self.name_at(statement, 1, "a param")
        if name is not None and self.add(Symbol(name.text, "param", name.span, ())):
            self.params[name.text] = (statement, name)

    def default(self, statement: tree.Declaration) -> None:
        kind = statement.head[1][0] if len(statement.head) > 1 else None
        if isinstance(kind, tree.Word) and kind.text in later.STATEMENTS | {"step": ()}:
            return  # its kind's own declarations are reported
        if not isinstance(kind, tree.Word) or kind.text not in kinds() or not load(kind.text).doc:
            known = [k for k in kinds() if load(k).doc]
            close = FOREIGN.get(kind.text.lower()) or near(kind.text, known) if isinstance(kind, tree.Word) else None
            what = f"`{kind.text}` is no kind of the language" if isinstance(kind, tree.Word) else "`defaults` needs a kind"
            self.report.error(
                "IFC209",
                what,
                kind.span if kind else statement.span,
                "unknown kind" if kind else "no kind after it",
                f"write `{close}`" if close else "write `defaults function { … }`",
            )
            return
        if statement.block is None or len(statement.head) > 2 or len(statement.head[1]) > 1:
            self.report.error(
                "IFC304", "`defaults` takes a kind and a block", statement.span, "no block", f"write `defaults {kind.text} {{ … }}`"
            )
            return
        self.defaults.setdefault(kind.text, []).append(statement.block)

    # --- the stage ---

    def overlay(self, known_stage_settings: tuple[str, ...]) -> None:
        """Applies the block of the chosen stage: overlays, additions, settings."""
        for strange, word in self.strange:
            self.unknown(strange, word)
        if self.stages and self.stage not in self.stages:
            from ifc.diagnostics import Diagnostic, Failure

            close = near(self.stage, self.stages)
            names = ", ".join(f"`{s}`" for s in sorted(self.stages))
            if self.stage != "dev" and not self.unread(self.stage):
                raise Failure(
                    Diagnostic(
                        "IFC212",
                        f"the program declares no stage `{self.stage}`",
                        help=f"write `--stage {close}`" if close else f"it declares {names}",
                    ),
                    *self.report.ordered(),
                )
        for name, declarations in self.stages.items():
            for declaration in declarations:
                for statement in declaration.block.statements if declaration.block else ():
                    self.staged(statement, name == self.stage, known_stage_settings)

    def staged(self, statement: tree.Statement, chosen: bool, known: tuple[str, ...]) -> None:
        if isinstance(statement, tree.Broken):
            return
        if isinstance(statement, tree.Wire):
            if chosen:
                self.wires.append(statement)
            return
        word = tree.head_word(statement)
        if word is None or len(statement.head[0]) > 1:
            self.report.error("IFC209", f"`{short(statement.span)}` is no statement of a stage", statement.span, "unexpected", None)
        elif word.text in self.symbols and not (word.text in kinds() and len(statement.head) > 1 and word.text not in self.declares):
            self.overlaid(statement, word, chosen)
        elif word.text in WORDS and word.text not in ("extern", "output", "param"):
            self.report.error("IFC209", f"a `stage` block holds no `{word.text}`", word.span, "not here", "write it outside of the block")
        elif word.text in known:
            if chosen:
                self.stage_settings.append(statement)
        elif word.text in kinds() or word.text in later.STATEMENTS or word.text in ("extern", "output", "param"):
            if chosen:
                self.take(statement)
        else:
            close = near(word.text, [*self.symbols, *known])
            self.report.error(
                "IFC201",
                f"nothing is called `{word.text}`",
                word.span,
                "not declared",
                f"write `{close}`"
                if close
                else "a stage overlays declared names, adds declarations, and has settings of its own: "
                + ", ".join(f"`{k}`" for k in known),
            )

    def overlaid(self, statement: tree.Declaration, word: tree.Word, chosen: bool) -> None:
        symbol = self.symbols[word.text]
        if symbol.kind == "?" or not chosen:
            return
        if symbol.kind == "param":
            self.param_overlays[word.text] = statement
        elif word.text not in self.declares:
            self.report.error(
                "IFC201",
                f"`{word.text}` is built in, and a stage can't change it",
                word.span,
                "not declared here",
                "declare what it changes",
            )
        else:
            self.declares[word.text].overlay.append(statement)


def takes_condition(word: str) -> bool:
    """Whether a `where` may stand in the declaration of a kind."""
    return word in kinds() and load(word).takes_condition
