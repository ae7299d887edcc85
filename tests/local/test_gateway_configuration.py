"""The configurations of nginx, and the Lua files that they name."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ifc.targets.spacer import nginx
from tests.local.gateway import running
from tests.local.gateway.running import LIBRARY, Gateway, api, function, route

pytest_plugins = ["tests.local.gateway.fixtures"]

FILES = sorted(LIBRARY.glob("*.lua"), key=lambda p: p.name)
HEAD = "".join(f"load_module {running.modules()}/{m};" for m in nginx.MODULES) if running.modules() else ""


def rendered(template: str, *, port: int = 3000, proxy: int = 9065, variables: tuple[str, ...] = (), cache: bool = True) -> str:
    """The template as Go's html/template renders it for Spacer: one loop, one choice, three texts."""
    text = re.sub(
        r"{{range \.EnvVar -}}\s*(.*?){{end -}}\s*", lambda m: "".join(m[1].replace("{{.}}", v) for v in variables), template, flags=re.S
    )
    text = re.sub(r"{{if \.NoCodeCache -}}\s*(.*?){{end -}}\s*", lambda m: "" if cache else m[1], text, flags=re.S)
    return text.replace("{{.FunctionInvokerPort}}", str(port)).replace("{{.WriteProxyPort}}", str(proxy))


def problem_of(folder: Path, text: str, *more: str) -> str:
    """What `nginx -t` says of a configuration; "" where it is good."""
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", *more], capture_output=True, text=True
    )
    return "" if done.returncode == 0 and not re.search(r"\[(warn|error|emerg|alert)\]", done.stderr) else done.stderr


@pytest.fixture
def project() -> Iterator[Path]:
    """An empty project's folder."""
    running.needed()
    with running.folder() as folder:
        for name in ("lib", "app", "logs", "temp", "tmp", "f"):
            (folder / name).mkdir()
        for file in FILES:
            (folder / "lib" / file.name).write_bytes(file.read_bytes())
        yield folder


def test_the_local_configuration(project: Path) -> None:
    """nginx takes what `ifc local` runs, as root and as another user, with however many workers."""
    for workers in ("2", "auto"):
        root = os.geteuid() == 0
        layout = nginx.local(str(project), 3000, modules=running.modules() or "", root=root, workers=workers, errors=str(project / "e.log"))
        assert problem_of(project, nginx.configuration(layout)) == ""


def test_everything_of_a_run_is_in_its_folder() -> None:
    """The local configuration names no path but the run folder's and the modules', and no port but its own."""
    text = nginx.configuration(nginx.local("/run-folder", 3999, modules="/modules"))
    paths = set(re.findall(r"(?:[ \"=]|unix:)(/[\w.-]+)/", text))
    assert paths == {"/run-folder", "/modules", "/_ifc"}
    assert re.findall(r"listen (.*?)[ ;]", text) == ["127.0.0.1:3999", "unix:/run-folder/gateway.sock"]


def test_modules_are_loaded_where_there_are_files() -> None:
    """OpenResty has them built in."""
    assert "load_module" not in nginx.configuration(nginx.local("/r", 1))
    assert (
        nginx.modules_folder("configure arguments: --prefix=/x --modules-path=/usr/lib/nginx/modules --with-debug")
        == "/usr/lib/nginx/modules"
    )
    assert nginx.modules_folder("nginx version: openresty/1.25.3.1\nconfigure arguments: --prefix=/usr/local/openresty/nginx") == ""
    assert nginx.modules_folder("nginx version: nginx/1.22\nconfigure arguments: --prefix=/x") is None


@pytest.mark.parametrize("path", ["", "/a b/$x", '/a"b', "/a\nb", "/a;b", "/a{b", "/a\\b"])
def test_paths_that_nginx_would_read_otherwise(path: str) -> None:
    """They are refused, not quoted in vain."""
    with pytest.raises(ValueError, match="nginx can't take the path"):
        nginx.quoted(path)


def test_paths_that_nginx_can_take(project: Path) -> None:
    """A blank and letters of any alphabet are fine."""
    odd = project / "a b é's"
    (odd / "tmp").mkdir(parents=True)
    layout = nginx.local(str(odd), 3000, modules=running.modules() or "", root=os.geteuid() == 0)
    assert problem_of(project, nginx.configuration(layout)) == ""


@pytest.mark.parametrize("cache", [True, False])
def test_the_template(project: Path, cache: bool) -> None:
    """What the published Spacer renders is a configuration; its modules come by nginx's command line, or are built in."""
    text = rendered(nginx.template(), variables=("SPACER_ENV", "SPACER_INTERNAL_TOKEN"), cache=cache)
    assert "{{" not in text
    assert ("lua_code_cache off;" in text) is not cache
    assert "env SPACER_ENV;\nenv SPACER_INTERNAL_TOKEN;\nworker_processes" in text
    problem = problem_of(project, text, *(["-g", HEAD] if HEAD else []))
    assert problem == "" or "lua_code_cache is off" in problem


def test_html_template_leaves_it_as_it_is() -> None:
    """Spacer renders by Go's html/template, which reads `<` as the begin of a tag, and knows its fields by these names alone."""
    text = nginx.template()
    assert "<" not in text
    actions = set(re.findall(r"{{(.*?)}}", text))
    assert actions == {"range .EnvVar -", ".", "end -", "if .NoCodeCache -", ".FunctionInvokerPort", ".WriteProxyPort"}


def test_configurations_are_the_same_each_time() -> None:
    """Same layout, same bytes."""
    assert nginx.template() == nginx.template()
    assert nginx.configuration(nginx.local("/r", 1)) == nginx.configuration(nginx.local("/r", 1))


# --- the library ---


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.name)
def test_lua_files(file: Path) -> None:
    """Each is Lua as LuaJIT takes it, sets no global, and begins with a line that says what it is."""
    running.needed()
    done = subprocess.run(["luajit", "-bl", str(file)], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.decode(errors="replace").splitlines() if re.search(r"\bGSET\b", line)] == []
    assert file.read_text(encoding="utf-8").startswith("-- ")


def test_lua_files_fit_the_house() -> None:
    """Lines of at most 140 characters, no tabs, nothing left for later."""
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert max(map(len, text.splitlines())) <= 140, file.name
        assert not re.search(r"\t| $|TODO|FIXME", text, re.M), file.name


# --- the published Spacer's gateway ---


@pytest.fixture(scope="module")
def published() -> Iterator[Gateway]:
    """A gateway as the published Spacer starts it, without `ifc local`."""
    running.needed()
    port, proxy = running.free_port(), running.free_port()
    with running.folder() as folder:
        text = rendered(nginx.template(), port=port, proxy=proxy, variables=("SPACER_ENV",), cache=False)
        if os.geteuid() == 0:
            text = "user root;\n" + text
        gateway = Gateway(folder, port, nginx.PUBLISHED, HEAD + "\n" + text)
        for name in ("logs", "temp"):
            (gateway.project / name).mkdir()
        try:
            gateway.start()
            yield gateway
        finally:
            gateway.stop()


def test_routes_of_the_published_spacer(published: Gateway) -> None:
    """Routes and calls run there; code is read again for each request, and what needs `ifc local` says so."""
    routes = (route("GET /hello/{name}", "hello"), route("GET /py", "py"), route("GET /shut", "hello", guard={"scheme": "jwt"}))
    callee = {**function("callee", "lua")}
    caller = function("hello", "lua", permissions=[running.allowed("lambda:InvokeFunction", callee["arn"])])
    published.describe({"A": api(*routes)}, [caller, callee, function("py")])
    published.writes("hello", "return function(args) return require('flow').call('callee', args).name end")
    published.writes("callee", "return function(args) return args end")
    assert published.call("GET", "/hello/a.b").json == {"data": "a.b"}
    published.writes("hello", "return function(args) return 'edited' end")
    assert published.call("GET", "/hello/a").json == {"data": "edited"}
    reply = published.call("GET", "/nothing")
    assert (reply.status, reply.json) == (404, {"error": "not found"})
    assert published.call("GET", "/shut").status == 500
    assert published.call("GET", "/py").status == 500
    log = (published.project / "logs/error.log").read_text()
    assert "no worker of `py` listens: start it with `ifc local`" in log
    lines = (published.project / "logs/access.log").read_text()
    calls = [json.loads(calls) for line in lines.splitlines() if (calls := json.loads(line)["calls"])]
    assert [[(c["caller"], c["function"], c["good"]) for c in each] for each in calls] == [[("hello", "callee", True)]]
    assert "checks need `ifc local`: this gateway runs without it" in lines


def test_triggers_of_the_published_spacer(published: Gateway) -> None:
    """Its event router calls private functions by TCP, from this machine; what a page could send is refused."""
    published.describe({}, [function("hidden", "lua")])
    published.writes("private/hidden", "return function(args) return args end")
    port = published.port
    agent = {"User-Agent": "SpacerEventRouter", "Host": f"localhost:{port}"}
    reply = published.call("POST", "/private/hidden", agent, b'{"a": []}')
    assert (reply.status, reply.json) == (200, {"data": {"a": []}})
    assert published.call("POST", "/private/hidden", {**agent, "Host": f"127.0.0.1:{port}"}).status == 200
    for headers in ({**agent, "Origin": "https://evil.example"}, {**agent, "Host": "evil.example"}, {**agent, "Host": "localhost.evil"}):
        assert published.call("POST", "/private/hidden", headers).status == 403
    assert published.call("GET", "/private/hidden", agent).status == 405
    for path in ("/x/../private/hidden", "/private/./hidden", "/private/hidden?x", "//private/hidden", "/private/nobody", "/hidden"):
        assert published.call("POST", path, agent).status == 404, path


def test_appends_of_the_published_spacer(published: Gateway) -> None:
    """Without its write proxy an append is an error of the function."""
    published.describe({"A": api(route("GET /f", "f"))}, [function("f", "lua")])
    published.writes("f", "return function() return require('topics').append('t', {a = 1}) end")
    reply = published.call("GET", "/f")
    assert (reply.status, reply.json) == (500, {"error": "nothing was appended to `t`: connection refused"})


# --- its end ---


def workers(master: int) -> list[int]:
    """The processes of a master of nginx that are at work."""
    found = []
    for child in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        title = Path(f"/proc/{child}/cmdline").read_bytes()
        if title.startswith(b"nginx: worker process"):  # it is called so when it has begun
            found.append(int(child))
    return found


def test_workers_end_with_their_master() -> None:
    """When nginx's master is killed its workers end, so the next run finds the port free."""
    running.needed()
    with running.started() as gateway:
        assert gateway.process is not None
        while len(found := workers(gateway.process.pid)) < 2:
            time.sleep(0.01)
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait(10)
        try:
            for _ in range(500):
                try:
                    gateway.call("GET", "/")
                except ConnectionRefusedError:
                    break
                except OSError:
                    pass  # it ends just now
                time.sleep(0.01)
            else:
                pytest.fail("the workers listen on")
        finally:
            for process in found:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
