"""Functions for Node.js that are bundled: TypeScript, packages, formats, and what esbuild has against them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ifc.build import bundle, modules
from tests.builds.apps import Outcome, app, built, make
from tests.presence import program, require


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the esbuild that a build would install, fetched once a session."""
    require(program("npm") or program("node"))
    folder = tmp_path_factory.mktemp("esbuild")
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--silent"]
    done = subprocess.run(
        ["npm", "install", *options, f"esbuild@{modules.ESBUILD}"], cwd=folder, capture_output=True, text=True, check=False
    )
    require(None if done.returncode == 0 else f"esbuild can't be fetched: {done.stderr[-200:]}")
    return folder / "node_modules/.bin"


@pytest.fixture
def esbuild(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts esbuild on the PATH."""
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")


PACKAGE = {
    "node_modules/words/package.json": '{"name": "words", "version": "1.0.0", "main": "main.js"}',
    "node_modules/words/main.js": 'const os = require("os"); exports.loud = (t) => t.toUpperCase() + typeof os.EOL + typeof __dirname;\n',
}
PROJECT = '{"dependencies": {"words": "1.0.0"}}'


def node_app(root: Path, files: dict[str, str], settings: str = "", runtime: str = "nodejs22.x") -> Outcome:
    """Builds an app of one function in Node.js, `work`."""
    make(root, {"app.ifc": app(f'work "src/work.run" {{ runtime {runtime}; {settings} }}'), **files})
    return built(root)


def run(outcome: Outcome, folder: Path, event: object) -> object:
    """What the function answers in a Node.js of its own, which has nothing but the archive."""
    task = outcome.unpack("work", folder)
    [name] = [str(p) for p in task.glob("src/work.*js")]
    code = (
        f"import({json.dumps(name)}).then((m) => (m.run ?? m.default.run)({json.dumps(event)})).then((x) => console.log(JSON.stringify(x)))"
    )
    done = subprocess.run(["node", "--input-type=commonjs", "-e", code], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


NPM = """#!/bin/sh
case "$(cat package.json)" in *broken*) echo "npm error no such thing" >&2; exit 1;; esac
mkdir -p node_modules/words && echo 'exports.loud = 1' > node_modules/words/index.js
"""


def test_a_failing_npm_is_run_once(tmp_path: Path, esbuild: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions of one project that are bundled apart, as their runtimes differ, share what npm said."""
    make(tmp_path, {"bin/npm": NPM.replace("#!/bin/sh\n", f"#!/bin/sh\necho run >> '{tmp_path}/runs'\n")})
    (tmp_path / "bin/npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    project = json.dumps({"name": "broken", "dependencies": {"words": "1.0.0"}})
    files = {"package.json": project, "package-lock.json": "{}", "work.js": 'require("words"); exports.run = async () => 1;\n'}
    make(tmp_path, {"app.ifc": app(*(f'f{n} "work.run" {{ runtime nodejs{n}.x }}' for n in (20, 22, 24))), **files})
    assert [d.message.rpartition(": ")[2] for d in built(tmp_path).said if d.code == "IFC732"] == ["no such thing"]
    assert (tmp_path / "runs").read_text().split() == ["run"]


def test_projects_that_can_not_be_installed(tmp_path: Path, esbuild: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them is told with npm's own reason, and stands in no other project's way."""
    make(tmp_path, {"bin/npm": NPM})
    (tmp_path / "bin/npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    code = 'require("words"); exports.run = async () => 1;\n'
    for name in ("a", "b", "c"):
        project = json.dumps({"name": "fine" if name == "c" else "broken", "dependencies": {"words": "1.0.0"}})
        make(tmp_path / name, {"work.js": code, "package.json": project, "package-lock.json": "{}"})
    make(tmp_path, {"app.ifc": app(*(f'{name} "{name}/work.run" {{ runtime nodejs22.x }}' for name in ("a", "b", "c")))})
    said = [d.message for d in built(tmp_path).said if d.code == "IFC732"]
    assert [message.rpartition(": ")[2] for message in said] == ["no such thing", "no such thing"]
    [found] = (tmp_path / ".ifc/build/modules").iterdir()
    shutil.rmtree(found / "node_modules/words")
    make(tmp_path, {"app.ifc": app('c "c/work.run" { runtime nodejs22.x }')})
    make(tmp_path, {"c/work.js": code + "// anew\n"})
    assert built(tmp_path).codes == []  # what is missing was installed again


def test_typescript_becomes_one_script(tmp_path: Path, esbuild: None) -> None:
    """Types go, own files come in, and the archive has one script under the handler's name."""
    files = {
        "src/work.ts": 'import { twice } from "./lib/twice";\nexport const run = async (event: { n: number }): Promise<number> => twice(event.n);\n',
        "src/lib/twice.ts": "export const twice = (n: number) => 2 * n;\n",
        "src/lib/never.ts": "export const x: = 1;\n",
    }
    outcome = node_app(tmp_path, files)
    assert outcome.names("work") == ["src/work.js"]
    assert run(outcome, tmp_path / "task", {"n": 21}) == 42


def test_typescript_has_the_newest_runtime(tmp_path: Path, esbuild: None) -> None:
    """A `.ts` file needs no `runtime`."""
    make(tmp_path, {"app.ifc": 'app small\nfunction work "src/work.run"\n', "src/work.ts": "export const run = () => 1;\n"})
    assert built(tmp_path).names("work") == ["src/work.js"]


@pytest.mark.parametrize(
    ("file", "project", "text", "name"),
    [
        ("src/work.js", PROJECT, 'const { loud } = require("words"); exports.run = async (e) => loud(e);', "src/work.js"),
        ("src/work.ts", PROJECT, 'import { loud } from "words"; export const run = async (e: string) => loud(e);', "src/work.js"),
        ("src/work.mjs", PROJECT, 'import { loud } from "words"; export const run = async (e) => loud(e);', "src/work.mjs"),
        ("src/work.ts", PROJECT.replace("{", '{"type": "module", ', 1), 'import { loud } from "words"; export const run = async (e: string) => loud(await e);', "src/work.mjs"),
        (
            "src/work.mts",
            PROJECT,
            """import { loud } from "words"; import { createRequire } from "module"; const require = createRequire(import.meta.url);
            const __dirname = "mine"; require("fs"); await 1; export const run = async (e: string) => (__dirname ? loud(e) : 0);""",
            "src/work.mjs",
        ),
    ],
)  # fmt: skip
def test_packages_are_bundled(file: str, project: str, text: str, name: str, tmp_path: Path, esbuild: None) -> None:
    """CommonJS or ES module, as the source is one: a package's `require` and `__dirname` work in both."""
    outcome = node_app(tmp_path, {file: text + "\n", "package.json": project, **PACKAGE})
    assert outcome.names("work") == [name]
    assert run(outcome, tmp_path / "task", "a") == "Astringstring"


@pytest.mark.parametrize(
    ("runtime", "inside", "outside"),
    [("nodejs22.x", [], ["@aws-sdk/client-s3", "@smithy/core"]), ("nodejs16.x", ["@aws-sdk/client-s3"], ["aws-sdk"])],
)
def test_the_sdk_is_the_runtime_s(runtime: str, inside: list[str], outside: list[str], tmp_path: Path, esbuild: None) -> None:
    """What Lambda brings along is no part of the bundle."""
    files = {
        f"node_modules/{name}/index.js": f"exports.mark = 'of {name}';\n" for name in ("@aws-sdk/client-s3", "@smithy/core", "aws-sdk")
    }
    text = "".join(f'require("{name}");' for name in (*inside, *outside)) + "exports.run = () => 1;\n"
    bundled = node_app(tmp_path, {"src/work.js": text, "package.json": "{}", **files}, runtime=runtime).text("work", "src/work.js")
    assert [name for name in (*inside, *outside) if f"of {name}" in bundled] == inside


def test_functions_of_one_file(tmp_path: Path, esbuild: None) -> None:
    """Functions whose handlers are in one file share its bundle; one that has another Node.js has its own."""
    versions = {"one": "22", "two": "22", "three": "20"}
    lines = [f'{name} "src/work.{name}" {{ runtime nodejs{version}.x }}' for name, version in versions.items()]
    text = "".join(f"export const {name} = async (x?: {{ n: number }}) => x?.n ?? 1;\n" for name in versions)
    outcome = built(make(tmp_path, {"app.ifc": app(*lines), "src/work.ts": text}))
    assert outcome.built["one"].key == outcome.built["two"].key
    assert [outcome.names(name) for name in versions] == [["src/work.js"]] * 3


def test_data_and_globs(tmp_path: Path, esbuild: None) -> None:
    """Data beside the handler is packed as it is for other functions, and `include` adds more."""
    files = {"src/work.js": "exports.run = () => 1;\n", "package.json": "{}", "src/mail.html": "", "src/lib/a.js": "", "sql/a.sql": ""}
    assert node_app(tmp_path, files, 'include "sql"').names("work") == ["sql/a.sql", "src/mail.html", "src/work.js"]


def test_equal_sources_make_equal_bundles(tmp_path: Path, esbuild: None) -> None:
    """Where the app lies does not show, nor that its packages came from the cache."""
    files = {"src/work.ts": 'import { loud } from "words";\nexport const run = () => loud("a");\n', "package.json": PROJECT}
    one = node_app(tmp_path / "one", {**files, **PACKAGE})
    two = node_app(tmp_path / "a" / "longer" / "one", {**files, **PACKAGE})
    three = node_app(tmp_path / "three", {**files, "package-lock.json": "{}"} | cached(tmp_path / "three"))
    assert one.built["work"].digest == two.built["work"].digest == three.built["work"].digest


def cached(folder: Path) -> dict[str, str]:
    """Puts an installation of the package into the cache of an app, as `npm ci` would have made it."""
    from hashlib import sha256

    key = sha256(f"{PROJECT}\n{{}}".encode()).hexdigest()[:32]
    make(folder / ".ifc/build/modules" / key, {**PACKAGE, "done": ""})
    return {}


def test_what_did_not_change_is_not_bundled_again(tmp_path: Path, esbuild: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """esbuild runs where a source changed, a package's or a setting's file too, and for no other function."""
    lines = [f'{name} "src/{name}.run" {{ runtime nodejs22.x }}' for name in ("one", "two")]
    make(tmp_path, {"app.ifc": app(*lines), "package.json": PROJECT, "src/two.js": "exports.run = () => 2;\n", **PACKAGE})
    make(tmp_path, {"src/one.js": 'require("words"); exports.run = require("./a").run;\n', "src/a.js": "exports.run = () => 1;\n"})
    built(tmp_path)
    ran: list[list[str]] = []
    once = bundle.Bundler.bundle

    def counted(self: bundle.Bundler, alike: list[bundle.Wish]) -> None:
        ran.append([wish.archive.function for wish in alike])
        once(self, alike)

    monkeypatch.setattr(bundle.Bundler, "bundle", counted)
    built(tmp_path)
    assert ran == []
    for name, content, expected in [
        ("src/a.js", "exports.run = () => 3;\n", ["one"]),
        ("node_modules/words/main.js", "exports.loud = 1;\n", ["one"]),
        ("tsconfig.json", "{}", ["one", "two"]),
        ("src/two.js", "exports.run = () => 4;\n", ["two"]),
        ("src/a.ts", "export const run = () => 5;\n", ["one", "two"]),  # it is found before a.js from now on
    ]:
        make(tmp_path, {name: content})
        built(tmp_path)
        assert ran == [expected], name
        ran.clear()
    shutil.rmtree(tmp_path / ".ifc/build/bundles")
    built(tmp_path)
    assert ran == [["one", "two"]]


def test_mistakes_have_their_place(tmp_path: Path, esbuild: None) -> None:
    """Each of esbuild's errors is one of ours, at the place in the user's file."""
    files = {
        "src/work.ts": 'import x from "nowhere/deep";\nconst ü = 1; import y from "./gone";\nexport const run = () => [x, y];\n',
        "package.json": "{}",
    }
    found = [d for d in node_app(tmp_path, files).said if d.code == "IFC735"]
    assert [d.message for d in found] == ['esbuild: could not resolve "nowhere/deep"', 'esbuild: could not resolve "./gone"']
    assert [d.labels[0].span.text for d in found] == ['"nowhere/deep"', '"./gone"']
    assert [str(d.help) for d in found] == [
        "add the package to package.json and install it: `npm install nowhere`",
        "correct the path, which is relative to the file that it stands in",
    ]
    make(tmp_path, {"src/work.ts": "export const run = () => ;\n"})
    assert built(tmp_path).only("IFC735").labels[0].span.text == ";"
    make(tmp_path, {"src/work.ts": 'import x from "./fast.node";\nexport const run = () => x;\n', "src/fast.node": ""})
    assert "native code" in str(built(tmp_path).only("IFC735").help)


NATIVE = [
    ('{"name": "words", "version": "1.0.0", "main": "main.js", "gypfile": true}', True),
    ('{"name": "words", "version": "1.0.0", "main": "main.js", "dependencies": {"node-gyp-build": "4"}}', True),
    ('{"name": "words", "version": "1.0.0", "main": "main.js", "optionalDependencies": {"@img/words-linux-arm64": "1"}}', True),
    ('{"name": "words", "version": "1.0.0", "main": "main.js", "dependencies": {"left": "4"}}', False),
]


@pytest.mark.parametrize(("package", "told"), NATIVE)
def test_native_code_is_told(package: str, told: bool, tmp_path: Path, esbuild: None) -> None:
    """A package whose native code a bundle can't hold is warned of in each build, bundled anew or not."""
    files = {
        "src/work.js": 'require("words"); exports.run = 1;\n',
        "package.json": PROJECT,
        **PACKAGE,
        "node_modules/words/package.json": package,
    }
    first = node_app(tmp_path, files)
    assert first.codes == built(tmp_path).codes == (["IFC735"] if told else [])
    assert first.names("work") == ["src/work.js"]


# --- projects ---


def test_packages_that_are_not_installed(tmp_path: Path, esbuild: None) -> None:
    """Without a lock of npm's, nothing can be installed here, and it is said which command does it."""
    files = {"src/work.js": 'require("words"); exports.run = 1;\n', "package.json": PROJECT}
    assert node_app(tmp_path, files).only("IFC733").help == "run `npm install` in its folder"
    make(tmp_path, {"yarn.lock": ""})
    assert built(tmp_path).only("IFC733").help == "run `yarn install` in its folder"


def test_packages_that_nobody_needs_are_not_missed(tmp_path: Path, esbuild: None) -> None:
    """A package.json may be of a web page beside the functions: what they don't import need not be there."""
    outcome = node_app(
        tmp_path, {"src/work.js": 'require("node:fs"); exports.run = 1;\n', "package.json": '{"dependencies": {"react": "19"}}'}
    )
    assert (outcome.names("work"), outcome.codes) == (["src/work.js"], [])


def test_a_lock_is_installed_into_the_cache(tmp_path: Path, esbuild: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """npm works on a copy, never in the project's folder, and only once."""
    ran: list[list[str]] = []

    def npm(arguments: list[str], folder: str, failed: str) -> None:
        ran.append(arguments)
        assert sorted(os.listdir(folder)) == ["package-lock.json", "package.json"]
        make(Path(folder), PACKAGE)

    monkeypatch.setattr(modules, "npm", npm)
    files = {"src/work.js": 'const { loud } = require("words"); exports.run = async () => loud("a");\n', "package.json": PROJECT}
    outcome = node_app(tmp_path, {**files, "package-lock.json": "{}"})
    assert run(outcome, tmp_path / "task", 1) == "Astringstring"
    make(tmp_path, {"src/work.js": files["src/work.js"] + "// more\n"})
    built(tmp_path)
    assert [r[0] for r in ran] == ["ci"]
    assert not (tmp_path / "node_modules").exists()


@pytest.mark.parametrize("content", ["{", "[]", "\udcff"])
def test_a_project_that_can_not_be_read(content: str, tmp_path: Path) -> None:
    """A broken package.json is told before anything is bundled."""
    make(tmp_path, {"src/work.js": "exports.run = 1;\n"})
    (tmp_path / "package.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert node_app(tmp_path, {}).codes == ["IFC733"]


def test_a_project_s_own_esbuild_comes_first(tmp_path: Path) -> None:
    """The one that the project chose, then the one on the PATH."""
    make(tmp_path, {"node_modules/.bin/esbuild": "#!/bin/sh\necho 'no thanks' >&2; exit 1\n", "package.json": "{}"})
    (tmp_path / "node_modules/.bin/esbuild").chmod(0o755)
    said = node_app(tmp_path, {"src/work.js": "exports.run = 1;\n"}).only("IFC735")
    assert said.message == "esbuild failed: no thanks"


def test_a_layer_of_node_packages(tmp_path: Path, esbuild: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages of a package.json lie where Node looks for them in `/opt`, and functions leave them out of their bundles."""
    monkeypatch.setattr(modules, "npm", lambda arguments, folder, failed: make(Path(folder), {**PACKAGE, "node_modules/.bin/x": ""}))
    functions = 'layer Libraries "package.json"\nfunction work "src/work.run" { runtime nodejs22.x; layers Libraries }\n'
    files = {"src/work.js": 'require("words"); exports.run = 1;\n', "package.json": PROJECT, "package-lock.json": "{}"}
    outcome = built(make(tmp_path, {"app.ifc": f"app small\n{functions}", **files}))
    assert outcome.names("Libraries") == ["nodejs/node_modules/words/main.js", "nodejs/node_modules/words/package.json"]
    assert "toUpperCase" not in outcome.text("work", "src/work.js")


def test_a_real_package(tmp_path: Path, esbuild: None) -> None:
    """npm installs what a lock says, and the bundle runs on its own."""
    files = {
        "src/work.ts": 'import ms from "ms";\nexport const run = async (text: "2 days") => ms(text);\n',
        "package.json": '{"dependencies": {"ms": "2.1.3"}}',
    }
    make(tmp_path, files)
    locked = subprocess.run(
        ["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    require(None if locked.returncode == 0 else f"npm's registry is out of reach: {locked.stderr[-200:]}")
    outcome = node_app(tmp_path, {})
    assert run(outcome, tmp_path / "task", "2 days") == 172_800_000
    assert sorted(os.listdir(tmp_path)) == [".ifc", "app.ifc", "package-lock.json", "package.json", "src", "task"]
