"""The look-up of handlers: what is accepted, and what each mistake says."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from ifc.codes import CODES
from ifc.compiler import compile as compile_app
from ifc.diagnostics import WARNING, Diagnostic, Report
from ifc.exports import python_exports, script_exports
from ifc.handlers import Handlers, look_up
from ifc.resolve.app import Options
from ifc.runtimes import DEFAULT_RUNTIMES
from ifc.source import Source, Span

NEWER = f"python3.{sys.version_info[1] + 1}"
OURS = f"python3.{sys.version_info[1]}"
FORM = "write the file without its suffix, a dot and the function, as in `src/orders.place`"


class Folder:
    """A folder with files, and an .ifc file in it that holds one handler."""

    def __init__(self, root: Path, files: dict[str, str | bytes]) -> None:
        self.root = root
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def ask(self, handler: str, runtime: str | None = None, code: str = "") -> tuple[str | None, list[Diagnostic]]:
        """The suffix found, and what was reported; nothing reported may tell where the test runs."""
        report = Report()
        found = look_up(str(self.root / code), handler, self.span(handler), runtime, report)
        for diagnostic in report.diagnostics:
            assert diagnostic.code in CODES
            told = [diagnostic.message, diagnostic.help or "", *(label.text for label in diagnostic.labels)]
            assert not any(str(self.root) in text for text in told)
            assert diagnostic.help
            assert diagnostic.labels[0].text
        return found, report.diagnostics

    def span(self, handler: str) -> Span:
        """The place of the handler in the .ifc file."""
        quoted = json.dumps(handler, ensure_ascii=False)
        text = f"function f {quoted} {{ }}\n"
        return Span(Source(str(self.root / "app.ifc"), text), 11, 11 + len(quoted))

    def mistake(self, handler: str, runtime: str | None = None, code: str = "") -> Diagnostic:
        """The one thing that is reported."""
        _, reported = self.ask(handler, runtime, code)
        assert len(reported) == 1, [d.message for d in reported]
        return reported[0]


def under(diagnostic: Diagnostic) -> str:
    """The text that the diagnostic's first label underlines."""
    return diagnostic.labels[0].span.text


# --- what is found ---


@pytest.mark.parametrize(
    ("file", "handler", "suffix"),
    [
        ("src/orders.py", "src/orders.place", ".py"),
        ("src/orders.py", "src.orders.place", ".py"),
        ("orders.py", "orders.place", ".py"),
        ("lambda_functions/process.py", "lambda_functions.process.place", ".py"),
        ("5-order-manager/functions/app.py", "5-order-manager/functions/app.place", ".py"),
        ("src/orders/__init__.py", "src/orders.place", ".py"),
        ("src/orders.js", "src/orders.place", ".js"),
        ("src/orders.mjs", "src/orders.place", ".mjs"),
        ("src/orders.cjs", "src/orders.place", ".cjs"),
        ("src/orders.ts", "src/orders.place", ".ts"),
        ("src/orders.mts", "src/orders.place", ".mts"),
        ("create.js", "create.default", ".js"),
        ("handlers.js", "handlers.api.orders.place", ".js"),
        ("v1.2/handlers.js", "v1.2/handlers.place", ".js"),
        ("src/orders.lua", "src/orders.place", ".lua"),
        ("src/日本.py", "src/日本.place", ".py"),
    ],
)
def test_finds_the_file_and_the_function(tmp_path: Path, file: str, handler: str, suffix: str) -> None:
    """A handler whose file and function are there gives the file's suffix and nothing else."""
    contents = {
        ".py": "def place(event, context): ...\n",
        ".lua": "return function(args) end\n",
        ".cjs": "exports.place = exports.api = 1;\n",
    }
    script = "export const place = 1, api = {};\nexport default place\n"
    folder = Folder(tmp_path, {file: contents.get(suffix, script)})
    assert folder.ask(handler) == (suffix, [])


@pytest.mark.parametrize("text", ["exports.place = 1;\n", "module.exports = { place };\n", "module.exports = async () => 1;\n"])
def test_an_es_module_exports_by_the_word_alone(text: str, tmp_path: Path) -> None:
    """In an ES module `exports` is a name that nothing has: the first call would fail. The nearest package.json says what `.js` is."""
    module = {"package.json": '{"type": "module"}', "b/package.json": "{}"}
    folder = Folder(tmp_path, {**module, "a.mjs": text, "e/a.js": text, "e/b.cjs": text.replace("async () => 1", "{ place }")})
    Folder(tmp_path, {"b/c.js": "exports.place = 1;"})
    assert "ES module, and" in folder.mistake("a.place").message
    told = folder.mistake("a.place", code="e")
    assert (
        told.message == '`e/a.js` is an ES module, by `"type": "module"` of `package.json`, and what it gives to `exports` reaches nobody'
    )
    assert told.help == "write `export` before what it exports, or rename the file to `a.cjs`"
    assert (folder.ask("e/b.place"), folder.ask("b/c.place")) == ((".cjs", []), (".js", []))


def test_common_js_has_no_export(tmp_path: Path) -> None:
    """`export` in a `.cjs` is an error of syntax, and in a `.js` as far as Lambda keeps Node.js from looking; a bundle takes both."""
    text = "export const place = 1;\n"
    folder = Folder(tmp_path, {"c.cjs": text, "d.js": text, "p/package.json": "{}", "p/c.cjs": text, "p/d.js": text})
    told = folder.mistake("c.place")
    assert (told.code, told.message) == ("IFC705", "`c.cjs` is CommonJS, where `export` is a syntax error")
    assert told.help == "rename it to `c.mjs`, or write `exports.place = …`"
    assert folder.mistake("d.place", "nodejs22.x").code == "IFC705"
    for handler, runtime in (("d.place", None), ("d.place", "nodejs24.x"), ("p/c.place", None), ("p/d.place", "nodejs22.x")):
        assert folder.ask(handler, runtime)[1] == []
    report = Report()
    Handlers(report, str(tmp_path)).find(
        str(tmp_path), "d.place", folder.span("d.place"), "nodejs22.x", None, "--experimental-detect-module"
    )
    assert not report.diagnostics


def test_a_package_goes_before_a_module(tmp_path: Path) -> None:
    """Python imports the package where a module of the same name stands beside it."""
    folder = Folder(tmp_path, {"orders/__init__.py": "def place(e, c): ...", "orders.py": "def other(e, c): ..."})
    assert folder.ask("orders.place") == (".py", [])
    assert folder.mistake("orders.other").code == "IFC705"


def test_a_folder_without_init_is_no_module(tmp_path: Path) -> None:
    """A plain folder beside a module doesn't hide it."""
    folder = Folder(tmp_path, {"orders/readme.md": "", "orders.py": "def place(e, c): ..."})
    assert folder.ask("orders.place") == (".py", [])


def test_code_names_another_folder(tmp_path: Path) -> None:
    """The handler is relative to the code folder."""
    folder = Folder(tmp_path, {"backend/src/orders.py": "def place(e, c): ..."})
    assert folder.ask("src/orders.place", code="backend") == (".py", [])


def test_no_folder_is_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder name means the current folder, which is an .ifc file's own when it is named without one."""
    Folder(tmp_path, {"orders.py": "def place(e, c): ..."})
    monkeypatch.chdir(tmp_path)
    report = Report()
    span = Span(Source("app.ifc", '"orders.plaec"'), 0, 14)
    assert look_up("", "orders.plaec", span, None, report) == ".py"
    assert report.diagnostics[0].message == "`orders.py` defines no `plaec`"


@pytest.mark.parametrize("runtime", ["java21", "dotnet8", "provided.al2023", "ruby3.3", "go1.x"])
@pytest.mark.parametrize("handler", ["com.example.Orders::place", "bootstrap", "src/nothing.place", "", "/x"])
def test_other_runtimes_are_not_looked_up(tmp_path: Path, runtime: str, handler: str) -> None:
    """Handlers of languages that aren't read here pass in silence."""
    assert Folder(tmp_path, {}).ask(handler, runtime) == (None, [])


def test_the_runtime_decides_between_languages(tmp_path: Path) -> None:
    """Where files of two languages fit, the runtime chooses."""
    folder = Folder(tmp_path, {"orders.py": "def place(e, c): ...", "orders.js": "exports.place = 1"})
    assert folder.ask("orders.place", "python3.13") == (".py", [])
    assert folder.ask("orders.place", "nodejs22.x") == (".js", [])
    wrong = folder.mistake("orders.place")
    assert (wrong.code, wrong.message) == ("IFC703", "the handler `orders.place` fits `orders.py` and `orders.js`")
    assert wrong.help == "write `runtime` to choose between them, or rename one"
    assert under(wrong) == "orders"


# --- the handler's text ---


@pytest.mark.parametrize(
    ("handler", "code", "message", "underlined"),
    [
        ("", "IFC700", "the handler is empty", '""'),
        ("src/orders", "IFC700", "the handler `src/orders` names no function", "src/orders"),
        ("src/orders.", "IFC700", "the handler `src/orders.` names no function", "src/orders."),
        ("src.v1/orders", "IFC700", "the handler `src.v1/orders` names no function", "src.v1/orders"),
        ("src/orders:place", "IFC700", "the handler `src/orders:place` names no function", "src/orders:place"),
        ("src/", "IFC700", "the handler `src/` names no function", "src/"),
        ("src/orders.py", "IFC700", "the handler `src/orders.py` names a file but no function", "src/orders.py"),
        ("src/.place", "IFC700", "the handler `src/.place` names no file", ".place"),
        (".place", "IFC700", "the handler `.place` names no file", ".place"),
        ("src/orders.place()", "IFC700", "`place()` can't be the name of a function", "place()"),
        ("src/orders.1", "IFC700", "`1` can't be the name of a function", "1"),
        ("src/or ders.place", "IFC700", "the handler has a blank in it, which Lambda refuses", "src/or ders.place"),
        ("bootstrap", "IFC700", "`bootstrap` is the handler of a custom runtime, and no `runtime` says so", "bootstrap"),
        ("A::B.C", "IFC700", "`A::B.C` is a handler of Java or .NET, and no `runtime` says so", "A::B.C"),
        ("/src/orders.place", "IFC701", "the handler `/src/orders.place` is an absolute path", "/src/orders.place"),
        ("C:/orders.place", "IFC701", "the handler `C:/orders.place` is an absolute path", "C:/orders.place"),
        ("../orders.place", "IFC701", "the handler `../orders.place` leads out of the code folder `.`", ".."),
        ("src/../../o.place", "IFC701", "the handler `src/../../o.place` has a step that Lambda can't follow", ".."),
        ("src/../src/o.place", "IFC701", "the handler `src/../src/o.place` has a step that Lambda can't follow", ".."),
        ("./src/orders.place", "IFC701", "the handler `./src/orders.place` has a step that Lambda can't follow", "."),
        (".hidden/orders.place", "IFC701", "the hidden folder `.hidden` stays out of the code's archive", ".hidden"),
        ("a..b.place", "IFC701", "the handler `a..b.place` has two dots in a row, which Lambda refuses", "a..b.place"),
    ],
)
def test_text_that_is_no_handler(tmp_path: Path, handler: str, code: str, message: str, underlined: str) -> None:
    """What can't be a file and a function is one error, under the part that is wrong."""
    folder = Folder(tmp_path, {"src/orders.py": "def place(e, c): ...", ".hidden/orders.py": "def place(e, c): ..."})
    wrong = folder.mistake(handler)
    assert (wrong.code, wrong.message, under(wrong)) == (code, message, underlined)
    assert folder.ask(handler)[0] is None


def test_an_empty_step_and_a_backslash(tmp_path: Path) -> None:
    """A doubled slash and a backslash are shown the way they should be written."""
    folder = Folder(tmp_path, {"src/orders.py": "def place(e, c): ..."})
    assert folder.mistake("src//orders.place").help == "write `src/orders.place`"
    backslash = folder.mistake("src\\orders.place")
    assert (backslash.code, backslash.help) == ("IFC701", "write `src/orders.place`")


def test_a_handler_that_is_too_long(tmp_path: Path) -> None:
    """Lambda takes 128 characters."""
    folder = Folder(tmp_path, {f"{'a' * 126}.py": "def f(e, c): ...", f"{'a' * 127}.py": "def f(e, c): ..."})
    assert folder.ask(f"{'a' * 126}.f") == (".py", [])
    assert folder.mistake(f"{'a' * 127}.f").message == "the handler has 129 characters, and Lambda takes 128"


@pytest.mark.parametrize(
    ("handler", "advice"),
    [
        ("src/orders", "write the file, a dot and the function: `src/orders.handler`"),
        ("src/orders:place", "write the file, a dot and the function: `src/orders.handler`"),
        ("src/orders.py", "write the function in place of the suffix: `src/orders.handler`"),
        ("src/orders.py.place", "leave the suffix out: `src/orders.place`"),
        ("../orders.place", "let `code` name a folder that holds the file, and write the handler relative to it"),
        ("src/../src/orders.place", "write `src/orders.place`"),
        ("./src/orders.place", "write `src/orders.place`"),
    ],
)
def test_advice_for_text_that_is_no_handler(tmp_path: Path, handler: str, advice: str) -> None:
    """The help shows what to write."""
    assert Folder(tmp_path, {"src/orders.py": ""}).mistake(handler).help == advice


def test_the_whole_string_is_underlined_where_escapes_hide_the_part(tmp_path: Path) -> None:
    """A handler written with an escape has no sub-span to point at."""
    source = Source(str(tmp_path / "app.ifc"), r'"src\u002forders.place"')
    report = Report()
    look_up(str(tmp_path), "src/orders.place", Span(source, 0, len(source.text)), None, report)
    assert report.diagnostics[0].labels[0].span.text == source.text


# --- the file ---


@pytest.mark.parametrize(
    ("handler", "runtime", "message", "advice"),
    [
        (
            "src/oders.place",
            None,
            "there is no file `src/oders.py` (or `.js`, `.mjs`, `.cjs`, `.ts`, `.mts`, `.lua`)",
            "write `src/orders.place`",
        ),
        ("src/oders.place", "python3.13", "there is no file `src/oders.py`", "write `src/orders.place`"),
        ("src.oders.place", "python3.13", "there is no file `src/oders.py`", "write `src.orders.place`"),
        ("scr/orders.place", "python3.13", "there is no file `scr/orders.py`", "write `src/orders.place`"),
        ("src/Orders.place", "python3.13", "there is no file `src/Orders.py`", "write `src/orders.place`"),
        (
            "src/billing.f",
            "nodejs22.x",
            "there is no file `src/billing.js` (or `.mjs`, `.cjs`, `.ts`, `.mts`)",
            "the folder `src` holds `web.js`",
        ),
        ("zzz/billing.f", "python3.13", "there is no file `zzz/billing.py`", f"the handler is looked up below `.`: {FORM}"),
        ("create.place", "nodejs22.x", "there is no file `create.js` (or `.mjs`, `.cjs`, `.ts`, `.mts`)", "write `create/index.place`"),
        (
            "src/user.controller.get",
            "nodejs22.x",
            "there is no file `src/user.js` (or `.mjs`, `.cjs`, `.ts`, `.mts`)",
            "rename `src/user.controller.js`: Lambda finds no file that has a dot in its name or its folder's",
        ),
        (
            "lib.v1/x.f",
            "python3.13",
            "there is no file `lib/v1/x.py`",
            "rename `lib.v1/x.py`: Lambda finds no file that has a dot in its name or its folder's",
        ),
    ],
)
def test_a_missing_file(tmp_path: Path, handler: str, runtime: str | None, message: str, advice: str) -> None:
    """A missing file is named as seen from the .ifc file, with what was probably meant."""
    names = ["src/orders.py", "src/web.js", "src/user.controller.js", "create/index.js", "lib.v1/x.py"]
    folder = Folder(tmp_path, dict.fromkeys(names, ""))
    wrong = folder.mistake(handler, runtime)
    assert (wrong.code, wrong.message, wrong.help) == ("IFC702", message, advice)


def test_a_missing_file_below_another_code_folder(tmp_path: Path) -> None:
    """The path says where it was looked for, and a path from the .ifc file's folder is recognised."""
    folder = Folder(tmp_path, {"backend/src/orders.py": "def place(e, c): ..."})
    wrong = folder.mistake("src/oders.place", "python3.13", code="backend")
    assert (wrong.message, under(wrong)) == ("there is no file `backend/src/oders.py`", "src/oders")
    doubled = folder.mistake("backend/src/orders.place", code="backend")
    assert doubled.help == "the handler is relative to `backend`: write `src/orders.place`"


def test_a_folder_of_the_file_s_name_is_no_file(tmp_path: Path) -> None:
    """A folder called `orders.py` isn't taken for the file."""
    folder = Folder(tmp_path, {"orders.py/x": ""})
    assert folder.mistake("orders.place").code == "IFC702"


@pytest.mark.parametrize(
    ("names", "runtime", "message"),
    [
        (["o.js", "o.ts"], None, "the handler `o.f` fits `o.js` and `o.ts`"),
        (["o.js", "o.ts"], "nodejs22.x", "the handler `o.f` fits `o.js` and `o.ts`"),
        (["o.js", "o.mjs", "o.py"], None, "the handler `o.f` fits `o.py`, `o.js` and `o.mjs`"),
    ],
)
def test_several_files_fit(tmp_path: Path, names: list[str], runtime: str | None, message: str) -> None:
    """Files that a runtime can't choose between are an error that names them all."""
    wrong = Folder(tmp_path, dict.fromkeys(names, "")).mistake("o.f", runtime)
    assert (wrong.code, wrong.message) == ("IFC703", message)
    assert wrong.help == "remove or rename all but one, or let `code` name the folder of the built files"


@pytest.mark.parametrize(
    ("name", "runtime", "message", "label"),
    [
        ("o.js", "python3.13", "`o.js` is JavaScript, and the runtime is `python3.13`", "not Python"),
        ("o.ts", "python3.13", "`o.ts` is TypeScript, and the runtime is `python3.13`", "not Python"),
        ("o.py", "nodejs22.x", "`o.py` is Python, and the runtime is `nodejs22.x`", "not JavaScript"),
        ("o.lua", "nodejs22.x", "`o.lua` is Lua, and the runtime is `nodejs22.x`", "not JavaScript"),
        ("o.py", "lua", "`o.py` is Python, and the runtime is `lua`", "not Lua"),
    ],
)
def test_the_runtime_and_the_file_disagree(tmp_path: Path, name: str, runtime: str, message: str, label: str) -> None:
    """A file in another language than the runtime's is an error, and its suffix is known all the same."""
    folder = Folder(tmp_path, {name: ""})
    found, [wrong] = folder.ask("o.f", runtime)
    assert (wrong.code, wrong.message, wrong.labels[0].text) == ("IFC704", message, label)
    assert found == os.path.splitext(name)[1]


def test_a_missing_code_folder_is_told_once(tmp_path: Path) -> None:
    """Functions that share a code folder that isn't there make one error, at `code` where that is known."""
    folder, report = Folder(tmp_path, {}), Report()
    handlers, code = Handlers(report, ""), Span(Source("app.ifc", 'code "nope"'), 5, 11)
    for name in ("a.f", "b.f", "c.f"):
        assert handlers.look_up(str(tmp_path / "nope"), name, folder.span(name), None, code) is None
    [wrong] = report.diagnostics
    assert (wrong.code, wrong.message) == ("IFC708", "there is no folder `nope` to take the code from")
    assert under(wrong) == '"nope"'


def test_code_that_is_a_file(tmp_path: Path) -> None:
    """A plain file is no code folder; an archive is, but needs a runtime."""
    folder = Folder(tmp_path, {"app.py": "", "target/app.jar": "", "target/APP.ZIP": ""})
    wrong = folder.mistake("app.f", code="app.py")
    assert wrong.message == "`app.py` is a file, and code is taken from a folder, a .zip or a .jar"
    assert folder.ask("app.f", "python3.13", code="target/APP.ZIP") == (None, [])
    blind = folder.mistake("app.f", code="target/app.jar")
    assert (blind.code, blind.labels[0].text) == ("IFC709", "`runtime` needed")
    assert blind.message == "`target/app.jar` is an archive, whose language can't be seen from outside"


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a folder that the system refuses to open is an error in the system's words."""
    folder = Folder(tmp_path, {"app.py": "def f(e, c): ..."})
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    wrong = folder.mistake("gone.f")
    assert (wrong.code, wrong.message) == ("IFC707", "`gone.py` can't be read: no such file or directory")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert folder.mistake("app.f").message == "the folder `.` can't be read: permission denied"


def test_a_name_that_is_not_text_is_passed_over(tmp_path: Path) -> None:
    """A file whose name isn't valid UTF-8 is never suggested."""
    folder = Folder(tmp_path, {"orders.py": ""})
    with open(os.fsencode(tmp_path) + b"/oders\xff.py", "w"):
        pass
    assert folder.mistake("oders.f").help == "write `orders.f`"


# --- the function, in Python ---

PYTHON_BINDINGS = [
    "def place(event, context): ...",
    "class place: ...",
    "place = make()",
    "place: Handler = make()",
    "a = place = make()",
    "other, place = make()",
    "[other, (x, *place)] = make()",
    "from orders import place",
    "from orders import buy as place",
    "from . import place",
    "import place",
    "import place.things",
    "import orders as place",
    "from orders import *",
    "if True:\n    def place(e, c): ...",
    "if False: ...\nelif True: ...\nelse:\n    place = 1",
    "try:\n    from fast import place\nexcept ImportError:\n    pass",
    "try: ...\nexcept ImportError:\n    place = None",
    "try: ...\nfinally:\n    place = None",
    "try: ...\nexcept* ValueError:\n    place = None",
    "with open('x') as place: ...",
    "with open('x'):\n    place = 1",
    "for place in handlers: ...",
    "while True:\n    place = 1\n    break",
    "for x in y: ...\nelse:\n    place = 1",
    "match x:\n    case 1:\n        place = 1",
    "match x:\n    case [place, 1]: ...",
    "match x:\n    case {**place}: ...",
    "match x:\n    case [*place]: ...",
    "(place := make())",
    "def setup():\n    global place\n    place = 1",
    "globals()['pl' + 'ace'] = 1",
    "def __getattr__(name): ...",
    "import sys\nsetattr(sys.modules[__name__], 'place', 1)",
    "\ufeffdef place(e, c): ...",
    "# -*- coding: latin-1 -*-\ndef place(e, c): ...",
    "def place(e, c):\r\n    return '\\d'\r\n",
    "x = 'a long string \\\n  goes on'\ndef place(e, c): ...",
    "'''\n'''\ndef place(e, c): ...",
    "@app.route\nasync def place(e, c): ...",
    "async def place(e, c): ...\nplace = sync(place)",
]

PYTHON_WITHOUT = [
    "",
    "'''\ndef place(e, c): ...\n'''",
    "# def place(e, c): ...",
    "def other():\n    def place(e, c): ...",
    "class Other:\n    def place(self): ...",
    "place: Handler",
    "place()",
    "x.place = 1",
    "x['place'] = 1",
    "place += 1",
    "lambda place: 1",
    "[place for place in x]",
    "def other(place): ...",
    "import orders.place",
    "import place as other",
    "regex.exec('x')",
]


@pytest.mark.parametrize("content", PYTHON_BINDINGS)
def test_python_names_that_are_there(tmp_path: Path, content: str) -> None:
    """Whatever binds a name at a module's top level, or might, makes it a handler."""
    assert Folder(tmp_path, {"o.py": content}).ask("o.place") == (".py", [])


@pytest.mark.parametrize("content", PYTHON_WITHOUT)
def test_python_names_that_are_not_there(tmp_path: Path, content: str) -> None:
    """A name in a string, a comment, a function, a class or a mere use is no handler."""
    wrong = Folder(tmp_path, {"o.py": content}).mistake("o.place")
    assert (wrong.code, wrong.message) == ("IFC705", "`o.py` defines no `place`")
    assert under(wrong) == "place"


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("def place(e, c): ...", "write `src/orders.place`"),
        ("def Plaec(e, c): ...\nplace_all = 1", "write `src/orders.Plaec`"),
        ("def buy(e, c): ...\ndef sell(e, c): ...\nTABLE = 1\nimport os\ndef _own(): ...", "the file defines `buy` and `sell`"),
        ("run = make()", "the file defines `run`"),
        ("import os", "write `plaec` there, or correct its name here"),
        ("".join(f"def {c * 9}(): ...\n" for c in "bdfghjk"), "write `plaec` there, or correct its name here"),
    ],
)
def test_advice_for_a_missing_function(tmp_path: Path, content: str, advice: str) -> None:
    """The nearest name is suggested, else the file's few functions are listed."""
    assert Folder(tmp_path, {"src/orders.py": content}).mistake("src/orders.plaec").help == advice


def test_an_async_handler_is_a_warning(tmp_path: Path) -> None:
    """Lambda's Python runtime doesn't await what an `async def` returns."""
    folder = Folder(tmp_path, {"o.py": "async def place(e, c): ..."})
    found, [warning] = folder.ask("o.place")
    assert (found, warning.code, warning.severity, under(warning)) == (".py", "IFC706", WARNING, "place")
    assert warning.message == "`place` in `o.py` is an `async def`, and Lambda's Python runtime awaits nothing"


def test_broken_python_shows_the_line(tmp_path: Path) -> None:
    """A syntax error is an error that shows the line in the Python file."""
    folder = Folder(tmp_path, {"src/o.py": "import os\n\ndef place(e, c:\n    pass\n"})
    wrong = folder.mistake("src/o.place", OURS)
    assert (wrong.code, wrong.severity, under(wrong)) == ("IFC710", "error", "src/o")
    assert wrong.message == "`src/o.py` isn't valid Python (line 3)"
    line = wrong.labels[1].span
    assert wrong.labels[1].text
    assert (line.line, line.source.path) == (3, str(tmp_path / "src/o.py"))
    assert line.text in "(:"


def test_broken_python_may_be_newer_python(tmp_path: Path) -> None:
    """Where the runtime's Python is newer than ours, what can't be read may still be right: a warning."""
    folder = Folder(tmp_path, {"o.py": "place := newest syntax\n"})
    found, [warning] = folder.ask("o.place", NEWER)
    assert (found, warning.code, warning.severity) == (".py", "IFC710", WARNING)
    assert "newer than" in (warning.help or "")


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02", b"def place(e, c):\n    return '\x00'\n", b"x = '\xff'\n", b"# coding: klingon\n", b"if x:\n\ty\n        z\n"],
)
def test_python_that_is_not_text(tmp_path: Path, content: bytes) -> None:
    """Bytes that no Python source can have are the same error."""
    wrong = Folder(tmp_path, {"o.py": content}).mistake("o.place", OURS)
    assert wrong.code == "IFC710"
    assert wrong.message.startswith("`o.py` isn't valid Python")


def test_python_nested_too_deeply_is_accepted(tmp_path: Path) -> None:
    """What is too deep for this Python's parser is unknown, and so accepted."""
    folder = Folder(tmp_path, {"o.py": "x = " + "-" * 50_000 + "1\n"})
    assert folder.ask("o.place") == (".py", [])


def test_a_broken_file_is_told_once(tmp_path: Path) -> None:
    """Several functions of one broken file make one error."""
    folder, report = Folder(tmp_path, {"o.py": "def ("}), Report()
    handlers = Handlers(report, "")
    for name in ("o.a", "o.b", "o.c"):
        assert handlers.look_up(str(tmp_path), name, folder.span(name), OURS) == ".py"
    assert [d.code for d in report.diagnostics] == ["IFC710"]


def test_warnings_about_the_user_s_strings_stay_quiet(recwarn: pytest.WarningsRecorder) -> None:
    """Python's own warnings about a handler's file aren't shown."""
    assert "place" in python_exports(b"def place(e, c):\n    return '\\d' is 1\n").kinds
    assert not recwarn.list


# --- the function, in JavaScript and TypeScript ---

SCRIPT_EXPORTS = [
    "export function place() {}",
    "export async function place() {}",
    "export function* place() {}",
    "export async function*place() {}",
    "export const place = async (event) => {}",
    "export let place",
    "export var other = f(a, b), place = 1",
    "export const other = () => { const x = [1, 2]; return x },\n  place = 1",
    "export const { place } = handlers",
    "export const { a, b: place } = handlers",
    "export const { a: { b: [place] } } = handlers",
    "export const { a = { c: 1 }, ...place } = handlers",
    "export const [a, place = 1] = handlers",
    "export const {place}=a",
    "export class place {}",
    "export abstract class place {}",
    "export enum place { a }",
    "export const enum place { a }",
    "export namespace place { export const a = 1 }",
    "export import place = other.thing",
    "export { place }",
    "export { a, b as place, c }",
    "export { type A, place, type B as C } from './x'",
    "export { a as 'place' }",
    "export { place } from './x.js'",
    "export{a as place}",
    "export {\n  a, // the first\n  place, /* the second */\n}",
    "export * from './x'",
    "export*from'./x'",
    "export * as place from './x'",
    "export default { place }",
    "export default { async place() {} }",
    "export = { place }",
    "export = make()",
    "export @sealed class place {}",
    "exports.place = 1",
    "exports.a = exports.place = void 0",
    "module.exports.place = async () => {}",
    "module . exports . place = 1",
    "exports['place'] = 1",
    'exports["place"] = 1',
    "module.exports['place'] ??= 1",
    "exports[name] = 1",
    "if (x) { exports.place = 1 }",
    "module.exports = { place }",
    "module.exports = { a: { b: 1, c }, place: x }",
    "module.exports = { async place(event) { return { a, b } } }",
    "module.exports = { get place() { return 1 } }",
    "module.exports = { *place() {} }",
    "module.exports = { async *place() {} }",
    "module.exports = { 'place': 1 }",
    "module.exports = { async: 1, place }",
    "module.exports = { ...others }",
    "module.exports = { ['pl' + 'ace']: 1 }",
    "module.exports = exports = { place }",
    "exports = module.exports = { place }",
    "module.exports = require('./x')",
    "module.exports = make({ a })",
    "module.exports = new Handlers()",
    "module.exports = handlers",
    "module.exports = function () {}\nmodule.exports.place = 1",
    "const all = () => {}\nall.place = 1\nmodule.exports = all",
    "module.exports = class { static place() {} }",
    "module.exports = (a, b)",
    "Object.defineProperty(exports, 'place', { enumerable: true, get: function () { return x.place } })",
    'Object.defineProperty(module.exports, "place", { value: 1 })',
    "Object.assign(exports, others)",
    "Object.keys(x).forEach(function (k) { Object.defineProperty(exports, k, { get: () => x[k] }) })",
    "__exportStar(require('./x'), exports)",
    "var src = {};\n__export(src, { place: () => place });\nmodule.exports = __toCommonJS(src);",
    "(function (root, factory) { factory(exports) })(this, function (e) { e.place = 1 })",
    "!function (module, exports) { exports.place = 1 }(module, {})",
    "this.place = 1",
    "#!/usr/bin/env node\nexports.place = 1",
    "\ufeffexports.place = 1",
    # the tokens that hide or show an export
    "const s = '// '; exports.place = 1",
    'const s = "/* "; exports.place = 1 // */',
    "const s = 'it\\'s'; exports.place = 1",
    "const s = 'goes \\\n on'; exports.place = 1",
    "const s = 'goes \\\r\n on'; exports.place = 1",
    "const t = `a ${b + `c ${{ d: 1 }.d} '`} \\` \" // `; exports.place = 1",
    "const t = `$${a}$`; exports.place = 1",
    "const t = `${'`'}`; exports.place = 1",
    "const t = `${/`}/.test(x)}`; exports.place = 1",
    "const r = /'/; exports.place = 1",
    "const r = /[/'\"]/g; exports.place = 1",
    "const r = /\\/'/; exports.place = 1",
    "if (x) /'/.test(y); exports.place = 1",
    "return /'/.test(y); exports.place = 1",
    "const q = a / b; const s = '/'; exports.place = 1",
    "const q = (a + b) / c; const s = '/'; exports.place = 1",
    "const q = a[0] / b; const s = '/'; exports.place = 1",
    "const q = a++ / b; const s = '/'; exports.place = 1",
    "const q = 1. / b; const s = '/'; exports.place = 1",
    "const q = x.return / 2; const s = '/'; exports.place = 1",
    "const q = a /* why */ / b; const s = '/'; exports.place = 1",
    "const q = f(g(1), '(') / 2 /* ( */ / 3; exports.place = 1",
    # what can't be read is accepted
    "exports.other = '",
    "exports.other = `",
    "exports.other = `${`",
    "exports.other = 1 /* ",
    "exports.other = { ",
    "exports.other = 1 }",
    "exports.other = /",
    "const f = () => {} / 2",
    "const x = y! / 2",
    "\0",
]

SCRIPT_WITHOUT = [
    "",
    "function place() {}",
    "// exports.place = 1",
    "/* export const place = 1 */",
    "const s = 'exports.place = 1'",
    "const s = `export function place() {} ${a} exports.place = 1`",
    "const r = /exports.place = 1/",
    "exports.other = 1",
    "exports.place == 1",
    "exports.place",
    "exports.place()",
    "export const other = { place: 1 }",
    "export const { place: other } = x",
    "export const other = (place) => place, more = { place }",
    "export { place as other }",
    "export { type place }",
    "export type { place } from './x'",
    "export type place = string",
    "export interface place { a: string }",
    "export declare const place: string",
    "namespace A { export const place = 1 }",
    "export default place",
    "export default function place() {}",
    "export default middy(place)",
    "module.exports = async (event) => {}",
    "module.exports = async function place() {}",
    "module.exports = place\nfunction place() {}",
    "const place = async (event) => {}\nmodule.exports = place;",
    "const place = (event: Event): Promise<void> => {}\nexport = place",
    "module.exports = { other: place }",
    "module.exports = { other: { place } }",
    "module.exports = { other(place) { return { place } } }",
    "module.exports = 1",
    "foo.exports.place = 1",
    "Object.defineProperty(exports, '__esModule', { value: true }); exports.other = 1",
    "const x = { export: 1, place }",
    "x.export = place",
    "if (require.main === module) place()",
    "function f() { this.place = 1 }",
    "export const other = async (event) => {\n  const a = 1\n}\nconst place = 1",
    "export const other = 1; const a = 1, place = 2",
    "export { other }; import exports from './x'; f(exports)",
]


@pytest.mark.parametrize("content", SCRIPT_EXPORTS)
def test_scripts_that_export_it(tmp_path: Path, content: str) -> None:
    """Every way to export a name is accepted, and so is what can't be told."""
    assert Folder(tmp_path, {"o.ts": content}).ask("o.place") == (".ts", [])


@pytest.mark.parametrize("content", SCRIPT_WITHOUT)
def test_scripts_that_do_not_export_it(tmp_path: Path, content: str) -> None:
    """A name that is written but not exported is no handler."""
    wrong = Folder(tmp_path, {"o.ts": content}).mistake("o.place")
    assert (wrong.code, wrong.message) == ("IFC705", "`o.ts` exports no `place`")
    assert under(wrong) == "place"


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("exports.place = 1; exports.other = 2", "write `o.place`"),
        (
            "function plaec() {}\nexports.other = 1",
            "`plaec` is there, but isn't exported: write `export` before it, or `exports.plaec = plaec`",
        ),
        (
            "module.exports = async (event) => {}",
            "the file exports a function without a name: write `exports.plaec = …` for `module.exports = …`",
        ),
        ("export default async () => {}", "the file exports `default`"),
        ("export const a = 1, b = 2; export default a", "the file exports `a`, `b` and `default`"),
        ("", "write `plaec` there, or correct its name here"),
    ],
)
def test_advice_for_a_missing_export(tmp_path: Path, content: str, advice: str) -> None:
    """The help tells the usual mistakes apart."""
    assert Folder(tmp_path, {"o.js": content}).mistake("o.plaec").help == advice


def test_a_nested_handler_is_looked_up_by_its_first_name(tmp_path: Path) -> None:
    """Node.js follows the dots into an exported value; its first step must be exported."""
    folder = Folder(tmp_path, {"o.js": "exports.api = make()"})
    assert folder.ask("o.api.place") == (".js", [])
    wrong = folder.mistake("o.apy.place", "nodejs22.x")
    assert wrong.message == "`o.js` exports no `apy`"


def test_a_script_in_another_encoding_is_read(tmp_path: Path) -> None:
    """Node.js doesn't mind bytes that aren't UTF-8, and neither does the look-up."""
    folder = Folder(tmp_path, {"o.js": b"// caf\xe9\nexports.place = 1\n"})
    assert folder.ask("o.place") == (".js", [])
    assert folder.mistake("o.plaec").code == "IFC705"


def test_a_bundle_is_accepted_unread(tmp_path: Path) -> None:
    """A script of a bundler's size isn't read."""
    assert Folder(tmp_path, {"o.js": "x = 1;\n" * 40_000}).ask("o.place") == (".js", [])


def test_stripping_leaves_every_thing_in_its_place() -> None:
    """What isn't code is blanked to its own length, so that places in the code are places in the text."""
    text = "a('x // y', `b ${c('d')} e`, /f['\"]/g) // g\n/* h */ exports.i = 1"
    exports = script_exports(text)
    assert exports is not None
    assert len(exports.code) == len(text)
    assert exports.code.index("exports.i") == text.index("exports.i")
    assert [c for c in "xydbefgh" if c in exports.code.replace("exports", "")] == []


# --- speed ---


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that share a file and a folder cost one look at each."""
    folder = Folder(tmp_path, {"src/o.py": "".join(f"def f{i}(e, c): ...\n" for i in range(8))})
    scanned: list[object] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: scanned.append(path) or scandir(path))
    parsed: list[bytes] = []
    monkeypatch.setattr("ifc.handlers.python_exports", lambda content: parsed.append(content) or python_exports(content))
    handlers = Handlers(Report(), "")
    for i in range(8):
        assert handlers.look_up(str(tmp_path), f"src/o.f{i}", folder.span(f"src/o.f{i}"), None) == ".py"
    assert not handlers.report.diagnostics
    assert (len(scanned), len(parsed)) == (2, 1)


def test_five_hundred_handlers_are_quick(tmp_path: Path) -> None:
    """Five hundred files take well under a second, and no more than their number says."""
    body = "import os\n\n\ndef place(event, context):\n    return {'a': os.environ['A'], 'b': [1, 2, 3]}\n\n\n"
    script = "export const place = async (event) => {\n  return { a: `${event.a}`, b: [1, 2, 3] }\n}\n"
    files = {f"src/h{i}.{'py' if i % 2 else 'js'}": (body if i % 2 else script) * 5 for i in range(500)}
    folder = Folder(tmp_path, files)
    handlers, began = Handlers(Report(), ""), time.process_time()
    for i in range(500):
        handlers.look_up(str(tmp_path), f"src/h{i}.place", folder.span(f"src/h{i}.place"), None)
    assert time.process_time() - began < 1.0
    assert not handlers.report.diagnostics


def test_a_runtime_that_is_taken_back(tmp_path: Path) -> None:
    """`runtime none` in a stage leaves it to the handler's file again."""
    (tmp_path / "score.py").write_text("def run(event, context):\n    pass\n")
    source = 'app shop\nfunction score "score.run" { runtime python3.12 }\nstage new { score { runtime none } }\n'
    (tmp_path / "app.ifc").write_text(source)
    done = compile_app(str(tmp_path / "app.ifc"), Options(stage="new"))
    assert [d.code for d in done.report.ordered() if d.severity == "error"] == []
    assert done.app.resources["score"].runtime == DEFAULT_RUNTIMES[".py"]  # type: ignore[attr-defined]  # a Function
