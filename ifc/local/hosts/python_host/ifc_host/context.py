"""The context that a handler gets."""

from __future__ import annotations

import os
import sys
import time
from typing import Any


class CognitoIdentity:
    """Who called through Cognito; here nobody does."""

    cognito_identity_id = None
    cognito_identity_pool_id = None

    def __repr__(self) -> str:
        return "CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None])"


class LambdaContext:
    """The context of a call (Lambda developer guide, Using the Lambda context object to retrieve Python function information)."""

    def __init__(self, specification: dict[str, Any], request: str, deadline: float) -> None:
        self.aws_request_id = request
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = specification.get("arn")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = CognitoIdentity()
        self.client_context = None
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
