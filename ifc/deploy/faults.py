"""What AWS refuses, as diagnostics in plain words; nothing of a request, a credential or a value is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3 import exceptions as boto3
from botocore import exceptions as botocore

from ifc.diagnostics import Diagnostic, Failure

# Common error codes of the services; AWS General Reference, Troubleshooting AWS API errors.
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
INVALID = (
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "InvalidToken",
)
# Amazon S3 API reference, Error responses; the other services say it in the message of a signature that does not match.
SKEWED = ("RequestTimeTooSkewed", "RequestInTheFuture")
SKEW = ("Signature expired", "Signature not yet current")
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403", "Forbidden", "AllAccessDisabled")
THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "503",
)
QUOTA = ("LimitExceeded", "LimitExceededException", "TooManyBuckets", "ServiceQuotaExceededException")
# The message of AccessDenied: `User: arn:… is not authorized to perform: s3:PutObject on resource: arn:… because …`.
WHO = re.compile(
    r"(?:User: (?P<who>\S+) is )?not authorized to perform:? (?P<action>[\w-]+:\w+)(?: on resource:? \"?(?P<what>[^\s\"]+)\"?)?"
)
# What is written in `~/.aws/config` or the environment, and is no value that boto3 takes.
SETTINGS = (
    botocore.ConfigParseError,
    botocore.ConfigNotFound,
    botocore.InvalidConfigError,
    botocore.InvalidRetryConfigurationError,
    botocore.InvalidSTSRegionalEndpointsConfigError,
    botocore.InvalidS3UsEast1RegionalEndpointConfigError,
)
AGAIN = "run the command again when that is mended; `ifc status` shows where the stack stands"


@contextmanager
def told() -> Iterator[None]:
    """Turns what AWS and the way to it answer into a Failure that says it plainly."""
    try:
        yield
    except (botocore.ClientError, botocore.BotoCoreError, botocore.HTTPClientError, boto3.Boto3Error) as problem:
        raise Failure(diagnosis(problem)) from None


def diagnosis(problem: Exception) -> Diagnostic:
    """The diagnostic of an error of AWS's, or of the way to it."""
    if isinstance(problem, boto3.S3UploadFailedError) and isinstance(problem.__context__, Exception):
        return diagnosis(problem.__context__)  # it wraps what was answered
    if isinstance(problem, botocore.ClientError):
        return _answered(problem)
    return _credentials(problem) or _way(problem) or Diagnostic("IFC839", f"AWS can't be asked: {one_line(problem)}", help=AGAIN)


def code_of(problem: botocore.ClientError) -> str:
    """The error's code, as the service names it."""
    return str(problem.response.get("Error", {}).get("Code", ""))


def reason_of(problem: botocore.ClientError) -> str:
    """What the service says in words."""
    return one_line(problem.response.get("Error", {}).get("Message") or "no reason is given")


def one_line(words: Any) -> str:
    """A text in one line, without a full stop at its end."""
    return " ".join(str(words).split()).rstrip(".") or "no reason is given"


def missing(problem: botocore.ClientError) -> bool:
    """Whether what was asked for is not there."""
    return code_of(problem) in ("404", "NotFound", "NoSuchKey", "NoSuchBucket") or (
        code_of(problem) == "ValidationError" and "does not exist" in reason_of(problem)
    )


# --- credentials ---


def _credentials(problem: Exception) -> Diagnostic | None:
    """The diagnostic of credentials that are not there, or can't be used."""
    if isinstance(problem, botocore.NoCredentialsError | botocore.PartialCredentialsError):
        what = (
            "no credentials for AWS are found"
            if isinstance(problem, botocore.NoCredentialsError)
            else "the credentials for AWS are incomplete"
        )
        return Diagnostic("IFC830", what, help="log in (`aws configure`, `aws sso login`), or choose a profile with `--profile`")
    if isinstance(problem, botocore.ProfileNotFound):
        return Diagnostic("IFC830", one_line(problem), help="`aws configure list-profiles` shows those that there are")
    if isinstance(
        problem,
        botocore.TokenRetrievalError
        | botocore.SSOError
        | botocore.SSOTokenLoadError
        | botocore.CredentialRetrievalError
        | botocore.RefreshWithMFAUnsupportedError,
    ):
        return Diagnostic("IFC830", f"the credentials can't be renewed: {one_line(problem)}", help="log in again: `aws sso login`")
    if isinstance(problem, botocore.HTTPClientError) and "Invalid header value" in str(problem):  # which would show them
        help = "write them anew: a line break at the end is easily copied along"
        return Diagnostic("IFC830", "the credentials for AWS hold a character that can't be sent", help=help)
    if isinstance(problem, SETTINGS):
        return unusable(problem)
    return None


def unusable(problem: object) -> Diagnostic:
    """The diagnostic of settings of AWS's (a file, or the environment) that nothing can be asked with."""
    return Diagnostic(
        "IFC830", f"the settings for AWS can't be used: {one_line(problem)}", help="correct them, or choose a profile with `--profile`"
    )


# --- the way ---


def _way(problem: Exception) -> Diagnostic | None:
    """The diagnostic of a service that can't be reached."""
    place = getattr(problem, "kwargs", {}).get("endpoint_url")
    at, to = (f" from `{place}`", f" to `{place}`") if place else ("", "")
    if isinstance(problem, botocore.EndpointConnectionError | botocore.ConnectTimeoutError):
        return Diagnostic("IFC832", f"there is no answer{at}", help="check the network, and whether the region is spelled right")
    if isinstance(problem, botocore.ProxyConnectionError):  # its address is not shown: it may hold a password
        help = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and whether the proxy runs"
        return Diagnostic("IFC832", "there is no answer from the proxy that the environment names", help=help)
    if isinstance(problem, botocore.SSLError) or "TLS CA certificate bundle" in str(problem):
        why = one_line(getattr(problem, "kwargs", {}).get("error", problem))
        help = "where a proxy has a certificate of its own, name the file that it is in: AWS_CA_BUNDLE, or `ca_bundle` of the profile"
        return Diagnostic("IFC832", f"there is no safe connection{to}: {why}", help=help)
    if isinstance(problem, botocore.ConnectionError | botocore.HTTPClientError):
        return Diagnostic("IFC832", f"the connection broke off{at}", help="check the network, and run the command again")
    if isinstance(problem, botocore.NoRegionError | botocore.InvalidRegionError | botocore.UnknownRegionError):
        return Diagnostic("IFC833", one_line(problem), help="name the region with `--region`")
    return None


# --- what was answered ---


def _answered(problem: botocore.ClientError) -> Diagnostic:
    """The diagnostic of a service's own error."""
    code, asked = code_of(problem), problem.operation_name
    if code in SKEWED or reason_of(problem).startswith(SKEW):
        return Diagnostic("IFC830", f"this machine's clock is not AWS's: {reason_of(problem)}", help="set the clock, best by NTP")
    if code in EXPIRED:
        return Diagnostic(
            "IFC830", "the credentials for AWS have expired", help="log in again (`aws sso login`), and run the command again"
        )
    if code in INVALID:
        return Diagnostic("IFC830", f"AWS does not know these credentials ({code})", help="check the profile, and log in again")
    if code in DENIED:
        return _denied(problem)
    if code in THROTTLED:
        tries = problem.response.get("ResponseMetadata", {}).get("RetryAttempts")
        after = f", also at the {tries}th repetition" if tries else ""
        return Diagnostic("IFC838", f"AWS has too much to do for `{asked}`{after}", help="run the command again in a minute")
    if code in QUOTA:
        return Diagnostic(
            "IFC838", f"a quota of the account is used up: {reason_of(problem)}", help="remove something, or ask for more at Service Quotas"
        )
    if code == "OptInRequired":
        return Diagnostic(
            "IFC833", f"the account may not use this region or service: {reason_of(problem)}", help="turn it on in the account's settings"
        )
    return Diagnostic("IFC839", f"AWS refuses `{asked}` ({code}): {reason_of(problem)}", help=AGAIN)


def _denied(problem: botocore.ClientError) -> Diagnostic:
    """The diagnostic of a missing permission: the action, and on what, as far as it was said."""
    found = WHO.search(reason_of(problem))
    help = "`ifc permissions FILE --deploy-role` prints the policy that deploying needs"
    if found is None:
        return Diagnostic("IFC831", f"the account does not allow `{problem.operation_name}`: {reason_of(problem)}", help=help)
    who = f"`{found['who']}` may not" if found["who"] else "these credentials may not"
    on = f" on `{found['what']}`" if found["what"] else ""
    return Diagnostic("IFC831", f"{who} do `{found['action']}`{on}", help=help)
