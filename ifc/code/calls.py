"""A call of the AWS SDK as it stands in a handler's code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ifc.records import light, record

# Only files that say one of these can call AWS by its SDKs.
SDK = re.compile(rb"boto|aws-sdk|aws_lambda_powertools")


@light
class Variable:
    """The value of an environment variable."""

    name: str


@light
class Literal:
    """A text that stands in the code."""

    text: str


@light
class Either:
    """One of several, which the code decides while it runs."""

    places: tuple[Variable | Literal, ...]


Place = Variable | Literal | Either  # what tells which resource is meant; None where the code doesn't tell it


@record
class Call:
    """A call: the SDK's service, the API's operation, what tells the resource, and where it stands (line and column from 1)."""

    service: str
    operation: str
    place: Place | None
    path: str
    line: int
    column: int
    length: int


@record
class Reading:
    """What the code that a handler reaches does, as far as its text tells.

    `calls` are certain. `words` are the names that all code says which the handler may reach: what it may do besides.
    """

    calls: tuple[Call, ...]
    words: frozenset[str]
    open: bool  # it does things that can't be followed: a name is made while it runs, or a package of others does the work
    texts: Mapping[str, str]  # of the files with calls, by path
