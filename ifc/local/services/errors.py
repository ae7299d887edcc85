"""Errors that a caller gets as AWS's own."""

from __future__ import annotations


class ServiceError(Exception):
    """An error of a service's API: the code that SDKs' users catch, the message they read, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400, shape: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.shape = shape or code  # its name in JSON, where services that once spoke the query protocol have another


def invalid(message: str) -> ServiceError:
    """What the JSON services say of a parameter that is not what it should be."""
    return ServiceError("ValidationException", message)
