"""A Spacer project: the app as routes, topics and Lua functions, and a description of it that `ifc local` runs.

The model becomes a description (values, names, then a file for each sort of thing), and the description becomes files.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.output import Content, Copy
from ifc.plan import Lowering, Plan
from ifc.targets.empty import nothing
from ifc.targets.spacer import absent, apis, channels, functions, names, nginx, project, stores, wires
from ifc.targets.spacer.scene import Scene
from ifc.targets.spacer.values import ACCOUNT, Here
from ifc.targets.typescript import no_typescript
from ifc.values import Param
from ifc.verbs import VERBS

VERSION = 1
DESCRIPTION = "config/ifc.json"
LUA = os.path.join(os.path.dirname(__file__), "lua")


def describe(plan: Plan, report: Report, code: Mapping[str, str]) -> tuple[Scene, dict[str, Any]]:
    """The app as it is run on this machine; `code` has the folder of each function's code."""
    here = Here(plan, report)
    shown = Here(plan, Report(), hides=True)
    topics = names.topics(plan.app, report)
    scene = Scene(plan=plan, lowering=Lowering(plan.app, Report()), here=here, shown=shown, topics=topics, report=report)
    described = functions.functions(scene, code)
    project.check_names(plan.app, described, report)
    return scene, {
        "version": VERSION,
        "app": plan.app.name,
        "stage": plan.app.stage,
        "prefix": plan.app.prefix,
        "region": here.region,
        "params": {name: (shown if parameter.secret else here)(Param(name)) for name, parameter in sorted(plan.app.parameters.items())},
        "account": ACCOUNT,
        "functions": described,
        "apis": apis.apis(scene),
        "queues": channels.queues(scene),
        "topics": channels.topics(scene),
        "buses": channels.buses(scene),
        "streams": channels.streams(scene),
        "tables": stores.tables(scene),
        "buckets": stores.buckets(scene),
        "secrets": stores.secrets(scene),
        "configs": stores.configs(scene),
        "outputs": {o.name: functions.addressed(here.text(o.value) or "", functions.composed(scene)) for o in plan.outputs},
        "schedules": wires.schedules(scene),
        "wires": wires.wires(scene),
        "verbs": verbs(plan),
        "absent": absent.absent(scene, described),
    }


def verbs(plan: Plan) -> dict[str, dict[str, list[str]]]:
    """What each verb allows, by kind, for the kinds of this app: a refusal names the verb that is missing."""
    found: dict[str, dict[str, list[str]]] = {}
    for resource in plan.app.resources.values():
        if resource.verbs and resource.kind not in found:
            found[resource.kind] = {
                verb: sorted({a for access in resource.verbs[verb] for a in access.actions}) for verb in VERBS if verb in resource.verbs
            }
    return dict(sorted(found.items()))


def render(plan: Plan, report: Report, code: bool = True, events: bool = False) -> dict[str, str]:
    """The project's files by name; with `code`, the functions' own folders are expected below `code/`."""
    folders = {a.function: code_folder(plan, a.folder) for a in plan.archives} if code else {}
    return project_of(plan, report, folders, lua_sources(plan) if code else {}, events)[0]


def project_of(
    plan: Plan, report: Report, folders: Mapping[str, str], sources: Mapping[str, str], events: bool = False
) -> tuple[dict[str, str], dict[str, Any]]:
    """The project's files by name, and the description that is one of them; `sources` are those of the functions in Lua."""
    nothing(plan, report)
    if folders:
        no_typescript(plan, report)
    scene, description = describe(plan, report, folders)
    ours = {name: function for name, function in description["functions"].items() if not plan.app.resources[name].extern}
    files = {
        "app/gateway.lua": project.gateway(scene),
        **project.programs(scene, ours, sources),
        "config/application.yml": project.application(scene, ours, events),
        DESCRIPTION: json.dumps(description, indent=2, ensure_ascii=False) + "\n",
        "config/nginx.conf": nginx.configuration(nginx.PUBLISHED),
        **{f"lib/{name}": text for name, text in library().items()},
        "logs/.gitkeep": "",
        "temp/.gitkeep": "",
    }
    return dict(sorted(files.items())), description


def code_files(plan: Plan, output: str | None) -> dict[str, Content]:
    """The files of the functions' code folders, as they stand in the project; the output's own folder is none of them."""
    from ifc.build import package

    found: dict[str, Content] = {}
    for folder in dict.fromkeys(a.folder for a in plan.archives if a.kind == "function"):
        place = code_folder(plan, folder)
        if package.is_built(folder):
            found |= {f"{place}/{name}": content for name, content in package.unpacked(folder)}
            continue
        for entry in package.files(folder, [output] if output else []):
            found[f"{place}/{entry.path}"] = Copy(entry.source, entry.executable)
    return found


def library() -> dict[str, str]:
    """Our own Lua modules, by file name."""
    found: dict[str, str] = {}
    for name in sorted(os.listdir(LUA)):
        if name.endswith(".lua"):
            with open(os.path.join(LUA, name), encoding="utf-8") as stream:
                found[name] = stream.read()
    return found


def code_folder(plan: Plan, folder: str) -> str:
    """Where a folder of code stands in the project: as it stands beside the app's file, what lies above it under `above`."""
    home = os.path.dirname(plan.app.span.source.path) if plan.app.span is not None else ""
    relative = os.path.relpath(folder, home or ".").replace(os.sep, "/")
    steps = [("above" if step == ".." else step) for step in relative.split("/") if step != "."]
    return "/".join(["code", *steps])


def lua_sources(plan: Plan) -> dict[str, str]:
    """The sources of the functions that are written in Lua."""
    found: dict[str, str] = {}
    for archive in plan.archives:
        if archive.kind == "layer":
            continue
        function: Any = plan.app.resources[archive.function]
        if function.runtime == "lua":
            with open(lua_file(archive.folder, function.handler), encoding="utf-8", newline="") as stream:
                found[archive.function] = stream.read()
    return found


def lua_file(folder: str, handler: str) -> str:
    """The file that a Lua handler names."""
    steps = re.split(r"[/.]", handler.rpartition(".")[0])
    return os.path.join(folder, *steps) + ".lua"
