"""The configurations of nginx: one for the published Spacer, which renders it as a template, and one for `ifc local`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ifc.records import named

# Debian has the modules as files, OpenResty has them built in.
MODULES = ("ndk_http_module.so", "ngx_http_lua_module.so")
# What nginx's workers share: the number of the app's state and the buckets of limits, and the description.
SHARED = {"ifc": "1m", "ifc_app": "32m"}
LARGEST_BODY = "10m"  # API Gateway developer guide, Quotas: payload size
# nginx keeps a body of this size in memory, where Lua can read it.
BODY_BUFFER = "20m"
# What nginx itself answers to requests that never reach a route.
OWN_ERRORS = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
}
# One line an event, for `ifc local` to show; every value is text.
ACCESS = {
    "time": "$msec",
    "method": "$request_method",
    "path": "$request_uri",
    "status": "$status",
    "duration": "$request_time",
    "api": "$ifc_api",
    "route": "$ifc_route",
    "function": "$ifc_function",
    "request": "$ifc_id",
    "error": "$ifc_error",
    "calls": "$ifc_calls",
    "address": "$remote_addr",
}
PATIENCE = 15  # seconds within which `ifc local` starts functions again whose process has ended
_ODD = re.compile(r'[\x00-\x1f\x7f"\\$;{}]')


@named
class Layout:
    """What differs between two configurations. Paths are absolute, or relative to the folder that nginx is started with (`-p`)."""

    head: str = ""  # lines at the begin, as they stand
    modules: tuple[str, ...] = ()  # files of modules to load
    user: str = ""  # whom the workers run as; nginx takes it from root only
    workers: str = "2"
    pid: str
    errors: str  # the file of nginx's own messages, or stderr
    access: str  # where lines of requests go, as `access_log` takes it
    temp: str  # a folder that exists
    listen: str  # address and port
    code_cache: str = ""  # a line for the server, as it stands
    gateway: str = ""  # a socket for calls from inside; without one they come by TCP, from this machine
    control: str = ""  # the socket of the control API; without one nothing is checked by it, and no page is shown
    told: str = ""  # a named pipe that is told what functions in Lua print and call; without one the lines of requests name the calls
    append: str  # where events go that functions append: a socket as `unix:PATH`, or `127.0.0.1:PORT`
    sockets: str  # the folder of functions' sockets
    patience: int = 0  # seconds that a call waits for a function's socket that nobody listens to: its host may be on its way
    beats: str = ""  # a folder where each worker says once a second that it is not stuck
    description: str  # of the app, in JSON
    endpoint: str = ""  # the URL of the AWS endpoint, for functions in Lua


PUBLISHED = Layout(
    head="{{range .EnvVar -}}\nenv {{.}};\n{{end -}}",
    workers="1",
    pid="logs/nginx.pid",
    errors="logs/error.log",
    access="logs/access.log",
    temp="temp",
    listen="127.0.0.1:{{.FunctionInvokerPort}}",
    code_cache="{{if .NoCodeCache -}}\nlua_code_cache off;\n{{end -}}",
    append="127.0.0.1:{{.WriteProxyPort}}",
    sockets="run/f",
    description="config/ifc.json",
)


def local(
    run: str,
    port: int,
    *,
    modules: str = "",
    root: bool = False,
    workers: str = "2",
    errors: str = "",
    endpoint: str = "",
    patience: int = PATIENCE,
) -> Layout:
    """The layout of `ifc local`, with everything in its run folder.

    `run` holds the folders `f` (functions' sockets), `beats` and `tmp`, the description as `ifc.json`, the named pipes `told` and `requests`, and the
    socket control.sock; nginx makes gateway.sock there. `modules` is the folder of nginx's modules, "" where they are built in. nginx is
    started with `-p` and the project's folder, whose path holds no `;` and no `?`: Lua would take them for its own.
    """
    return Layout(
        modules=tuple(f"{modules}/{module}" for module in MODULES) if modules else (),
        user="root" if root else "",
        workers=workers,
        pid=f"{run}/nginx.pid",
        errors=errors or f"{run}/nginx.log",
        access=f"{run}/requests",
        temp=f"{run}/tmp",
        listen=f"127.0.0.1:{port}",
        gateway=f"{run}/gateway.sock",
        control=f"{run}/control.sock",
        told=f"{run}/told",
        append=f"unix:{run}/control.sock",
        sockets=f"{run}/f",
        patience=patience,
        beats=f"{run}/beats",
        description=f"{run}/ifc.json",
        endpoint=endpoint,
    )


def template() -> str:
    """`config/nginx.conf` of a project, as `spacer nginx-config` renders it."""
    return configuration(PUBLISHED)


def modules_folder(build: str) -> str | None:
    """The folder of nginx's modules by what `nginx -V` prints: "" where the Lua module is built in, None where there is none."""
    if "openresty" in build or "lua-nginx-module" in build:
        return ""
    found = re.search(r"--modules-path=(\S+)", build)
    return found[1] if found else None


def configuration(layout: Layout) -> str:
    """The configuration, or the template where the layout has Spacer's template actions in it."""
    lines = [
        *_given(layout.head),
        *(f"load_module {quoted(module)};" for module in layout.modules),
        *([f"user {layout.user};"] if layout.user else []),
        f"worker_processes {layout.workers};",
        "worker_shutdown_timeout 5s;",
        "daemon off;",
        "master_process on;",
        f"pid {quoted(layout.pid)};",
        f"error_log {quoted(layout.errors)} error;",
        "",
        *_block("events", ["worker_connections 4096;"]),
        "",
        *_block("http", [*_common(layout), "", *_public(layout), *(["", *_internal(layout)] if layout.gateway else [])]),
    ]
    return "\n".join(lines) + "\n"


def quoted(path: str) -> str:
    """The path as a parameter of nginx; ValueError for what nginx would read as something else."""
    if not path or _ODD.search(path):
        raise ValueError(f"nginx can't take the path {path!r}")
    return path if re.fullmatch(r"[\w./:@%+=,-]+", path) else f'"{path}"'


def _block(head: str, lines: list[str]) -> list[str]:
    return [f"{head} {{", *(f"    {line}" if line else "" for line in lines), "}"]


def _given(lines: str) -> list[str]:
    return lines.split("\n") if lines else []


def _lua(value: str) -> str:
    """The text as a literal of Lua that no reader of the configuration can mistake."""
    if "{{" in value:
        return f'"{value}"'  # Spacer's template puts a port there
    return '"' + "".join(c if re.fullmatch(r"[A-Za-z0-9_./:-]", c) else "".join(f"\\{b:03}" for b in c.encode()) for c in value) + '"'


def _settings(layout: Layout) -> Mapping[str, str]:
    """What the Lua library is told (ifc_state.lua keeps it)."""
    told = {
        "description": layout.description,
        "sockets": layout.sockets,
        "patience": str(layout.patience or ""),
        "beats": layout.beats,
        "told": layout.told,
        "append": layout.append,
        "control": f"unix:{layout.control}" if layout.control else "",
        "gateway": "" if "{{" in layout.listen else f"http://{layout.listen}",
        "endpoint": layout.endpoint,
    }
    return {name: value for name, value in told.items() if value}


def _common(layout: Layout) -> list[str]:
    """What holds for all servers."""
    settings = [f"{name} = {_lua(value)}," for name, value in _settings(layout).items()]
    if not layout.gateway:
        settings.append("published = true,")
    fields = ",".join(f'"{name}":"{value}"' for name, value in ACCESS.items())
    return [
        *(f"{kind}_temp_path {quoted(f'{layout.temp}/{kind}')};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
        "",
        f"log_format events escape=json '{{{fields}}}';",
        f"access_log {quoted(layout.access)} events;",
        "log_not_found off;",
        "",
        "server_tokens off;",
        "gzip off;",
        "absolute_redirect off;",
        "default_type '';",
        "underscores_in_headers on;",
        "merge_slashes off;",
        "keepalive_requests 1000000;",
        "large_client_header_buffers 8 16k;",
        f"client_body_buffer_size {BODY_BUFFER};",
        "client_body_in_single_buffer on;",
        "",
        "lua_package_path '$prefix/lib/?.lua;$prefix/app/?.lua;;';",
        "lua_package_cpath '$prefix/lib/?.so;;';",
        *(f"lua_shared_dict {name} {size};" for name, size in SHARED.items()),
        "lua_socket_log_errors off;",
        "lua_transform_underscores_in_response_headers off;",
        *_block("init_by_lua_block", [*_block('require("ifc_gateway").setup', settings)]),
        *([] if not layout.gateway else ['init_worker_by_lua_block { require("ifc_gateway").worker() }']),
    ]


def _handler(function: str) -> str:
    return f'content_by_lua_block {{ require("ifc_gateway").{function}() }}'


def _variables() -> list[str]:
    return [f"set $ifc_{name} '';" for name in ("api", "route", "function", "id", "error", "calls")]


def _errors() -> list[str]:
    """What nginx answers by itself, in JSON. Not by named locations: a request without a path can't go to one."""
    lines = []
    for status, message in OWN_ERRORS.items():
        codes = {431: "494 =431", 500: "500 502 503 504"}.get(status, str(status))
        body = f'\'{{"message":"{message}"}}\''
        lines += [f"error_page {codes} /_ifc/errors/{status};"]
        # Without the size a body that is too large would be refused once more, on its way to the message.
        said = ["internal;", "client_max_body_size 0;", "default_type application/json;", f"return {status} {body};"]
        lines += _block(f"location = /_ifc/errors/{status}", said)
    return lines


def _public(layout: Layout) -> list[str]:
    """The server that callers reach."""
    lines = [
        f"listen {layout.listen} backlog=1024;",
        *_given(layout.code_cache),
        f"client_max_body_size {LARGEST_BODY};",
        *_variables(),
        *_errors(),
        "",
    ]
    if not layout.gateway:
        private = ["allow 127.0.0.1;", "deny all;", "client_max_body_size 20m;", _handler("private")]
        lines += [*_block("location ^~ /private/", private), ""]
    lines += _block("location /", [_handler("public")])
    if layout.control:
        lines += ["", *_control(layout.control)]
    return _block("server", lines)


def _control(socket: str) -> list[str]:
    """The page and the API of `ifc local`. A path that is only `/_ifc/` once its dots are worked in is none of its paths."""
    passed = [
        "if ($request_uri !~ '^/_ifc(?:/|[?]|$)') { return 404; }",
        "if ($request_uri ~* '^[^?]*(?:/[.]{1,2}(?:[/?]|$)|%2e|%2f|%5c|//)') { return 404; }",
        "access_log off;",
        "client_max_body_size 64m;",
        "proxy_http_version 1.1;",
        "proxy_set_header Host $http_host;",
        "proxy_set_header Connection '';",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_buffering off;",
        "proxy_read_timeout 1h;",
        f"proxy_pass {quoted(f'http://unix:{socket}:')};",
    ]
    return [*_block("location = /_ifc", passed), *_block("location ^~ /_ifc/", passed)]


def _internal(layout: Layout) -> list[str]:
    """The server that `ifc local` itself calls, which has no port."""
    lines = [
        f"listen {quoted(f'unix:{layout.gateway}')} backlog=1024;",
        "access_log off;",
        "client_max_body_size 20m;",
        *_variables(),
        *_block("location /", [_handler("internal")]),
    ]
    return _block("server", lines)
