"""Lambda and STS at the endpoint, through boto3."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ifc.local.broker import Answer
from tests.local.endpoint_fakes import ACCOUNT, Running, allow, arn, description, running

BILL = arn("lambda", "function:app-dev-bill")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Running]:
    """An endpoint for the tests of this file."""
    with running(description(caller=[allow("lambda:InvokeFunction", BILL)])) as made:
        yield made


@pytest.fixture(scope="module")
def awslambda(endpoint: Running) -> Any:
    """The developer's client."""
    return endpoint.client("lambda")


def error(call: Any, **parameters: Any) -> tuple[str, int]:
    """The code and the status of a call's error."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("name", ["app-dev-bill", BILL, f"{ACCOUNT}:function:app-dev-bill", f"{BILL}:$LATEST", "app-dev-bill:$LATEST"])
def test_a_function_is_called_by_any_of_its_names(here: Running, awslambda: Any, name: str) -> None:
    """Its name, its ARN, and what lies between; the latest version is the one there is."""
    found = awslambda.invoke(FunctionName=name, Payload=b'{"a": 1}')
    assert (found["StatusCode"], found["Payload"].read(), found["ExecutedVersion"]) == (200, b'{"ok":true}', "$LATEST")
    assert "FunctionError" not in found
    assert "LogResult" not in found
    assert here.broker.calls == [("bill", b'{"a": 1}', "developer")]


def test_a_function_calls_by_its_own_name(here: Running, endpoint: Running) -> None:
    """The engine is told which function calls; no payload is an empty object."""
    endpoint.client("lambda", "caller").invoke(FunctionName="app-dev-bill")
    assert here.broker.calls == [("bill", b"{}", "caller")]


def test_an_error_of_the_function(here: Running, awslambda: Any) -> None:
    """A handler that raises is an answer with an error's header; the end of its log comes on request."""
    here.broker.answer = Answer(b'{"errorMessage":"no"}', "Unhandled", log="é" * 3000 + "the end")
    found = awslambda.invoke(FunctionName="app-dev-bill", LogType="Tail")
    assert (found["StatusCode"], found["FunctionError"], found["Payload"].read()) == (200, "Unhandled", b'{"errorMessage":"no"}')
    log = base64.b64decode(found["LogResult"])
    assert len(log) == 4096
    assert log.endswith(b"the end")


def test_what_a_caller_says_and_asks_for(here: Running, awslambda: Any) -> None:
    """The client's context reaches the function as it came, and the log is asked for where it is wanted."""
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
    awslambda.invoke(FunctionName="app-dev-bill", ClientContext=context, LogType="Tail")
    assert here.broker.asked is not None
    assert (here.broker.asked.client, here.broker.asked.tail) == (context, True)
    awslambda.invoke(FunctionName="app-dev-bill", LogType="None")
    assert (here.broker.asked.client, here.broker.asked.tail) == ("", False)


@pytest.mark.parametrize("context", [b"[1]", b"{", b'"' + b"x" * 3000 + b'"'])
def test_a_context_that_is_none(awslambda: Any, context: bytes) -> None:
    """A client's context is an object, and not too long."""
    with pytest.raises(awslambda.exceptions.InvalidRequestContentException, match="valid Base64-encoded JSON object"):
        awslambda.invoke(FunctionName="app-dev-bill", ClientContext=base64.b64encode(context).decode())


def test_a_call_that_nobody_waits_for(here: Running, awslambda: Any) -> None:
    """`Event` is answered when the call is in the log; `DryRun` calls nothing."""
    found = awslambda.invoke(FunctionName="app-dev-bill", InvocationType="Event", Payload=b"[1]")
    assert (found["StatusCode"], found["Payload"].read()) == (202, b"")
    assert found["ResponseMetadata"]["RequestId"] == "11111111-2222-3333-4444-555555555555"
    assert here.broker.later == [("bill", b"[1]", "developer")]
    assert awslambda.invoke(FunctionName="app-dev-bill", InvocationType="DryRun")["StatusCode"] == 204
    assert awslambda.invoke_async(FunctionName="app-dev-bill", InvokeArgs=b"[2]")["Status"] == 202
    assert here.broker.later[1:] == [("bill", b"[2]", "developer")]
    assert not here.broker.calls


@pytest.mark.parametrize("name", ["nope", "app-dev-bill:1", arn("lambda", "function:nope")])
def test_an_unknown_function(here: Running, awslambda: Any, name: str) -> None:
    """A function that isn't declared, or a version that there is none of."""
    with pytest.raises(awslambda.exceptions.ResourceNotFoundException, match="Function not found: arn:aws:lambda:") as caught:
        awslambda.invoke(FunctionName=name)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_bad_calls_are_refused(here: Running, awslambda: Any) -> None:
    """Each limit of Invoke has its own error, and nothing is called."""
    name = {"FunctionName": "app-dev-bill"}
    assert error(awslambda.invoke, **name, Payload=b"{") == ("InvalidRequestContentException", 400)
    assert error(awslambda.invoke, **name, Payload=b'"' + b"x" * 6_291_455 + b'"') == ("RequestTooLargeException", 413)
    assert error(awslambda.invoke, **name, InvocationType="Event", Payload=b'"' + b"x" * 1_048_575 + b'"') == (
        "RequestTooLargeException",
        413,
    )
    assert error(awslambda.invoke, **name, InvocationType="Later") == ("InvalidParameterValueException", 400)
    assert error(awslambda.invoke, FunctionName="a b") == ("ValidationException", 400)
    assert not here.broker.calls
    assert not here.broker.later
    awslambda.invoke(**name, Payload=b'"' + b"x" * 6_291_454 + b'"')
    awslambda.invoke(**name, InvocationType="Event", Payload=b'"' + b"x" * 1_048_574 + b'"')
    assert (len(here.broker.calls), len(here.broker.later)) == (1, 1)


def test_a_long_call_does_not_keep_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a run does not wait for a function that runs long."""
    monkeypatch.setattr("ifc.local.endpoint.GRACE", 0.01)
    with running(description()) as here:
        here.broker.waits = True
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(here.client("lambda").invoke, FunctionName="app-dev-bill")
            here.until(lambda: bool(here.broker.calls))
            here.stop()
            assert call.exception(20) is not None
        assert here.broker.cancelled == 1


def test_a_function_without_concurrency(here: Running, awslambda: Any) -> None:
    """A function that may not run at all is throttled."""
    here.broker.answer = Answer(b"{}", None, 429)
    with pytest.raises(awslambda.exceptions.TooManyRequestsException, match="Rate Exceeded"):
        awslambda.invoke(FunctionName="app-dev-bill")


def test_a_qualifier_is_another_resource(here: Running, endpoint: Running) -> None:
    """A permission for a function is none for its versions, as in IAM."""
    client = endpoint.client("lambda", "caller")
    client.invoke(FunctionName="app-dev-bill")
    assert error(client.invoke, FunctionName="app-dev-bill", Qualifier="$LATEST") == ("AccessDeniedException", 403)
    assert error(client.invoke, FunctionName="app-dev-ship") == ("AccessDeniedException", 403)
    assert [r[1:3] for r in here.refusals] == [
        ("lambda:InvokeFunction", f"{BILL}:$LATEST"),
        ("lambda:InvokeFunction", arn("lambda", "function:app-dev-ship")),
    ]


@pytest.mark.parametrize(
    ("operation", "parameters", "said"),
    [
        (
            "update_function_code",
            {"FunctionName": "x", "ZipFile": b""},
            "UpdateFunctionCode is not for a running app: declare it in app.ifc",
        ),
        ("create_event_source_mapping", {"FunctionName": "x"}, "CreateEventSourceMapping is not for a running app: declare it in app.ifc"),
        ("get_function", {"FunctionName": "x"}, "`ifc local` does not serve GetFunction of lambda"),
        ("list_functions", {}, "`ifc local` does not serve ListFunctions of lambda"),
        ("invoke_with_response_stream", {"FunctionName": "x"}, "`ifc local` does not serve InvokeWithResponseStream of lambda"),
    ],
)
def test_what_is_not_served_is_told(here: Running, awslambda: Any, operation: str, parameters: dict[str, Any], said: str) -> None:
    """What changes the app is declared, and what is not served is said plainly."""
    with pytest.raises(ClientError) as caught:
        getattr(awslambda, operation)(**parameters)
    assert caught.value.response["Error"]["Code"] == "UnsupportedOperation"
    assert caught.value.response["Error"]["Message"] == said


def test_who_calls(here: Running, endpoint: Running) -> None:
    """STS says which function calls, or that it is the developer; that needs no permission."""
    function = endpoint.client("sts", "ship").get_caller_identity()
    assert function["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app-dev-ship/app-dev-ship"
    assert function["Account"] == ACCOUNT
    assert function["UserId"].startswith("AROA")
    assert function["UserId"].endswith(":app-dev-ship")
    assert endpoint.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/developer"
    assert not here.stores.asked
