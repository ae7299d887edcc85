"""layer: code or packages that functions share (a Lambda layer)."""

from __future__ import annotations

import os.path
from itertools import pairwise
from typing import Any

from ifc.aws import awslambda
from ifc.diagnostics import Label, Report
from ifc.model.app import App, Context, Resource
from ifc.model.settings import setting, settings
from ifc.model.types import Pattern, String
from ifc.plan import CodeArchive, Lowering
from ifc.values import Attr, Ref, Value


@settings
class Layer(Resource):
    kind = "layer"
    doc = "code or packages that functions share (a Lambda layer)"
    example = 'layer Libraries "requirements.txt"'
    rank = 62
    attributes = {"arn": "ARN of its newest version"}
    arn_shape = ("lambda", "layer:")
    extern_settings = None
    positional = "code"

    code: str = setting(
        String("a folder or a list of packages in quotes", literal=True),
        positional=True,
        needed=True,
        doc="a folder, which functions find in `/opt`, or a `requirements.txt` or `package.json`, whose packages are installed",
    )
    physical: Value = setting(
        String("a name in quotes", Pattern(r"[A-Za-z0-9_-]{1,64}", "a layer's name (1 to 64 letters, digits, `-` and `_`)")),
        word="name",
        doc="its physical name",
        derived="the prefix and the declared name",
    )

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        users = self.users(app)
        if not users:
            context.report.warning(
                "IFC373", f"no function uses the layer `{self.name}`", self.declared.span, "unused", f"write `layers {self.name}` in one"
            )
        if context.handlers is not None and not os.path.exists(self.path):
            context.report.error(
                "IFC708",
                f"there is no `{self.code}` to make the layer `{self.name}` of",
                self.place("code"),
                "not found",
                f"it is looked for at `{self.path}`, relative to the `.ifc` file",
            )
        if self.tags:
            context.report.error("IFC376", "Lambda puts no tags on layers", self.place("tags"), "`tags`", "tag the functions that use it")
        return self

    def users(self, app: App) -> list[Any]:
        """The functions that use it, by name."""
        mine = Ref(self.name, "arn")
        return [f for f in sorted(app.of_kind("function"), key=lambda f: f.name) if mine in getattr(f, "layers", ())]

    def check_users(self, users: list[Any], report: Report) -> None:
        """Reports functions that need different builds of its packages."""
        for one, other in pairwise(users):
            if self.is_list and (one.runtime, one.arch) != (other.runtime, other.arch):
                report.error(
                    "IFC374",
                    f"the packages of `{self.name}` are installed for one runtime and processor, and its functions have several",
                    other.declared.span,
                    f"`{other.name}` runs on {other.runtime}, {other.arch}",
                    "give the functions the same, or write a layer for each",
                    [Label(one.declared.span, f"`{one.name}` runs on {one.runtime}, {one.arch}")],
                )
                return

    @property
    def is_list(self) -> bool:
        """Whether it is made from a list of packages."""
        return self.code.endswith((".txt", ".toml", ".json"))

    @property
    def path(self) -> str:
        """The folder or the list, from where the user stands."""
        return os.path.normpath(os.path.join(self.declared.folder, self.code))

    # --- the plan ---

    @property
    def code_parameter(self) -> str:
        """The parameter that names its archive."""
        return f"{self.id}CodeKey"

    def lower(self, lowering: Lowering) -> None:
        users = self.users(lowering.app)
        self.check_users(users, lowering.report)
        runtimes, archs = sorted({str(f.runtime) for f in users if f.runtime}), sorted({f.arch for f in users})
        lowering.archives.append(
            CodeArchive(
                function=self.name,
                parameter=self.code_parameter,
                folder=self.path,
                span=self.declared.span,
                kind="layer",
                runtime=runtimes[0] if runtimes else "",
                arch=archs[0] if archs else "arm64",
                places={name: origin.span for name, origin in self.origins.items() if origin.span is not None},
            )
        )
        lowering.add(
            awslambda.Layer(
                id=self.id,
                name=lowering.value(self.physical or None) or lowering.named(self.base_name),
                description=self.declared.description,
                runtimes=tuple(runtimes),
                archs=tuple({"x86": "x86_64"}.get(arch, arch) for arch in archs),
                code_parameter=self.code_parameter,
                code=self.name,
            ),
            self.name,
        )

    def attribute(self, name: str, lowering: Lowering) -> Value:
        return Attr(self.id, name)
