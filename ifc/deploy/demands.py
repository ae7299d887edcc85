"""What a stage demands of where it is deployed: an account, a region."""

from __future__ import annotations

from ifc.diagnostics import Diagnostic, Failure, Label
from ifc.model.app import App


def same_region(app: App, region: str | None) -> None:
    """Refuses a region where the app names another one."""
    if region and app.region and region != app.region:
        raise Failure(
            Diagnostic(
                "IFC833",
                f"the stage `{app.stage}` is deployed to `{app.region}`, and `--region` says `{region}`",
                _at(app, "region"),
                "leave `--region` out, or change the app's `region`; nothing was touched",
            )
        )


def same_account(app: App, number: str) -> None:
    """Refuses any account but the stage's own."""
    if app.account and app.account != number:
        raise Failure(
            Diagnostic(
                "IFC833",
                f"the stage `{app.stage}` is deployed to the account `{app.account}`, and these credentials are of `{number}`",
                _at(app, "account"),
                "choose the credentials of that account (`--profile`, AWS_PROFILE); nothing was touched",
            )
        )


def _at(app: App, setting: str) -> tuple[Label, ...]:
    """Where the stage says it."""
    span = app.places.get(setting, app.span)
    return (Label(span, "says so"),) if span is not None else ()
