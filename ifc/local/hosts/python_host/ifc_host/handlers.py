"""The function that a handler's name stands for, and what goes wrong with it."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

OURS = os.path.join(os.path.dirname(__file__), "")


class Fault(Exception):
    """An error of the runtime's own, with Lambda's name for it."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None, where: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, trace
        self.where = trace if where is None else where  # what is printed here, where Lambda says less


def load(handler: str) -> Callable[[Any, Any], Any]:
    """The function that a handler names; raises Fault with Lambda's words, or what the module raises."""
    name, dot, function = handler.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)")
    if name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {name} as a handler module")
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as problem:
        where = [*frames(problem), f"  imported by {sys.executable}\n"]
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{name}': {problem}", [], where) from problem
    except SyntaxError as problem:
        trace = [f'  File "{problem.filename}" Line {problem.lineno}\n    {problem.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {problem}", trace) from problem
    found = getattr(module, function, None)
    if found is None:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{name}'")
    callable_: Callable[[Any, Any], Any] = found
    return callable_


def frames(problem: BaseException) -> list[str]:
    """The stack of an error from the user's code on, a text each."""
    stack = traceback.extract_tb(problem.__traceback__)
    while stack and (stack[0].filename == importlib.__file__ or stack[0].filename.startswith((OURS, "<frozen importlib"))):
        del stack[0]
    return traceback.format_list([(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in stack])


def text_of(problem: BaseException) -> str:
    """What an error says; one whose own words fail says nothing."""
    try:
        return str(problem)
    except Exception:
        return ""
