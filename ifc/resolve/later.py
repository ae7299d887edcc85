"""What the language has and this release does not build: each an error of its own, never "unknown"."""

from __future__ import annotations

from ifc.diagnostics import Report
from ifc.source import Span

COMPONENTS = "IFC902"
STATEMENTS: dict[str, tuple[str, str]] = {
    "workflow": ("IFC901", "workflows"),
    "task": ("IFC901", "container tasks"),
    "site": ("IFC901", "static sites"),
    "userpool": ("IFC901", "user pools"),
    "component": (COMPONENTS, "components"),
    "use": (COMPONENTS, "components"),
}


def statement(word: str, span: Span, report: Report) -> None:
    """Reports a statement that a later release builds."""
    code, what = STATEMENTS[word]
    if code != COMPONENTS:
        report.error(code, f"this release does not build {what} (`{word}`)", span, "not built yet", HELP)
    elif not any(d.code == code for d in report.diagnostics):  # a component and its uses are one thing that is not built
        report.error(
            code,
            f"this release does not build {what}",
            span,
            "not built yet",
            "write the declarations out, or `import` a file that holds them",
        )


def guard(span: Span, report: Report) -> None:
    """Reports a `when`."""
    report.error(
        "IFC903",
        "this release does not build `when`",
        span,
        "not built yet",
        "give each `stage` its own declarations instead, or leave it out",
    )


def setting(owner: str, word: str, what: str, span: Span, report: Report) -> None:
    """Reports a setting that a later release builds."""
    report.error(
        "IFC904",
        f"this release does not build {what} (`{word}` of {owner})",
        span,
        "not built yet",
        "leave it out, or lay its properties over with `cfn { … }`; the README lists what this release lacks",
    )


def wire(source: str, target: str, span: Span, way: str, report: Report) -> None:
    """Reports an arrow that needs EventBridge Pipes."""
    report.error("IFC905", f"this release does not build an arrow from a {source} to a {target}", span, "not built yet", way or HELP)


HELP = "leave it out, or write it as a raw `resource`; the README lists what this release lacks"
