"""The context that a handler gets."""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from typing import Any

from .requests import Request


class Client:
    """The app that called, as it says."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")


class ClientContext:
    """What the client of a call says of itself (Lambda developer guide, Lambda context object in Python: client_context)."""

    __slots__ = ("client", "custom", "env")
    client: Any


class CognitoIdentity:
    """Who called through Cognito; here nobody does."""

    cognito_identity_id = None
    cognito_identity_pool_id = None

    def __repr__(self) -> str:
        return "CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None])"


class LambdaContext:
    """The context of a call (Lambda developer guide, Using the Lambda context object to retrieve Python function information)."""

    def __init__(self, specification: dict[str, Any], request: Request, deadline: float) -> None:
        self.aws_request_id = request.id
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = specification.get("arn")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = CognitoIdentity()
        self.client_context = client_context(request.client)
        self.tenant_id = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """How many milliseconds are left."""
        return max(0, int((self._deadline - time.time()) * 1000))

    def log(self, message: Any) -> None:
        """Prints without adding a line's end, as Lambda does."""
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        shown = ",".join(f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"LambdaContext([{shown}])"


def client_context(text: str | None) -> ClientContext | None:
    """The context of a client, from JSON in base 64; what it does not say is None."""
    if text is None:
        return None
    said = json.loads(base64.b64decode(text))
    context = ClientContext()
    _fill(context, said)
    if isinstance(said.get("client"), dict):
        context.client = Client()
        _fill(context.client, said["client"])
    return context


def _fill(made: Any, said: dict[str, Any]) -> None:
    for name in made.__slots__:
        setattr(made, name, said.get(name))
