"""authorizer: who may call the routes that name it (API Gateway)."""

from __future__ import annotations

from ifc.model.app import App, Context, Resource
from ifc.model.settings import setting, settings
from ifc.model.types import String
from ifc.plan import Lowering
from ifc.routes.guard import ISSUER, Rules, Scheme, complete
from ifc.values import Value


@settings
class Authorizer(Rules, Resource):
    kind = "authorizer"
    doc = "a check of tokens, or a function, that lets callers of an api pass (API Gateway)"
    example = 'authorizer Callers jwt "https://login.example.com" { audience "orders" }'
    rank = 78
    extern_settings = None
    positional = "scheme"

    scheme: str | None = setting(Scheme(("jwt",), ("function",), "`jwt`, or the name of a function"), positional=True, doc="what checks")
    issuer: Value = setting(String("an issuer in quotes", ISSUER), positional=True, doc="jwt: who signs the token")

    def complete(self, app: App, context: Context) -> Resource:
        span = self.declared.span
        tags = self.origins.get("tags")
        if tags is not None and self.tags:
            context.report.error(
                "IFC351", "API Gateway puts no tags on authorizers", tags.span or span, "`tags`", "tag the api that uses it"
            )
        if self.scheme is None:
            context.report.error(
                "IFC351",
                f"it is not said what the authorizer `{self.name}` checks by",
                span,
                "nothing after it",
                f'write `authorizer {self.name} jwt "https://issuer" {{ audience "x" }}`, or name a function after it',
            )
        else:
            complete(self, "jwt" if self.scheme == "jwt" else "function", self.name, span, context.report)
        return self

    def lower(self, lowering: Lowering) -> None:
        """Adds nothing: each api that uses it gets an authorizer of its own."""
