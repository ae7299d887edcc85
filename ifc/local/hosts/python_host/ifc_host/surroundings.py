"""What a function finds around it: its environment variables, and how its log lines look."""

from __future__ import annotations

import logging
import os
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

# What a program needs of this machine; nothing else of main's environment reaches a function.
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "PYTHONPATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")

HOST_ENVIRONMENT = dict(os.environ)


def environment(specification: dict[str, Any]) -> dict[str, str]:
    """The environment of a function: the host's own where it must be, Lambda's, then the function's.

    As on Lambda there is no ~/.aws: a handler never finds a profile by which it would reach a real account.
    """
    group = f"/aws/lambda/{specification['physical']}"
    runtime = specification.get("runtime") or f"python{sys.version_info[0]}.{sys.version_info[1]}"
    made = {name: HOST_ENVIRONMENT[name] for name in INHERITED if name in HOST_ENVIRONMENT}
    made.update(
        {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_LAMBDA_FUNCTION_NAME": specification["physical"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(specification.get("memory", 128)),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + uuid.uuid4().hex,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
            "LAMBDA_TASK_ROOT": specification["code"],
            "_HANDLER": specification["handler"],
            "TZ": ":UTC",
        }
    )
    made.update(specification.get("environment") or {})
    return made


class LambdaLoggerHandler(logging.Handler):
    """Prints what is logged, with the id of the call that is under way."""

    def __init__(self, request: Callable[[], str | None]) -> None:
        super().__init__()
        self._request = request

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self._request() or ""
        try:
            sys.stdout.write(self.format(record))
        except Exception:
            self.handleError(record)


def set_up_logging(request: Callable[[], str | None]) -> None:
    """Gives the root logger a handler with Lambda's format; `request` tells the id of the call that is under way."""
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandler(request)
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    logging.getLogger().addHandler(handler)
