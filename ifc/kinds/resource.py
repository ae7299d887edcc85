"""resource: anything else, in the words of the target."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.aws import raw
from ifc.diagnostics import Report
from ifc.model.app import App, Context, Resource
from ifc.model.scope import INVALID, Invalid, Scope
from ifc.model.settings import setting, settings
from ifc.model.types import Flag, Many, Pattern, String, Type
from ifc.model.types import Mapping as MapOf
from ifc.plan import Lowering
from ifc.records import evolve
from ifc.syntax import tree
from ifc.values import Attr, Value

# CloudFormation user guide, Resource type identifiers; AWS::CloudFormation::CustomResource
TYPE = Pattern(
    r"Custom::[\w@-]{1,60}|[A-Za-z0-9]{2,64}(?:::[A-Za-z0-9]{2,64}){2}(?:::MODULE)?", "a type such as `AWS::SNS::Topic` or `Custom::Thing`"
)

# What is lost with them can't be made anew.
HOLD_DATA = (
    "AWS::Backup::BackupVault",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DocDB::DBInstance",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::KMS::Key",
    "AWS::Neptune::DBCluster",
    "AWS::Neptune::DBInstance",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
    "AWS::SDB::Domain",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::Database",
    "AWS::Timestream::Table",
)
# They hold something too, but what passes or is a copy: removing them is written out (cfn-lint I3011).
PASSING = (
    "AWS::CloudFormation::Stack",
    "AWS::ElastiCache::CacheCluster",
    "AWS::EMR::Cluster",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
)


class Declaration(Type):
    """A declared resource of whatever kind; the value is its name."""

    expects = "the name of a declared resource"

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if not isinstance(node, tree.Word):
            return self.wrong(node, scope)
        name, _, rest = node.text.partition(".")
        if rest:
            return self.wrong(node, scope, f"write `{name}`")
        symbol = scope.symbol(name, node.span, what="resource")
        if symbol is None or symbol.kind == "?":
            return INVALID
        if symbol.kind == "param" or symbol.extern or name == scope.own_name:
            why = "is a param" if symbol.kind == "param" else "exists already" if symbol.extern else "can't wait for itself"
            scope.report.error(
                "IFC348", f"there is nothing to wait for: `{name}` {why}", node.span, why, "`after` names resources that this app makes"
            )
            return INVALID
        return name


@settings
class Raw(Resource):
    kind = "resource"
    doc = "anything else, in the words of the target"
    example = 'resource Dashboard "AWS::CloudWatch::Dashboard" { cfn { DashboardBody file "dashboard.json" } }'
    rank = 85
    attributes = {"id": "what `Ref` gives; every other attribute is the type's own, as `Fn::GetAtt` takes it"}
    extern_settings = None

    type: str = setting(
        String("a type of CloudFormation in quotes", TYPE, literal=True), positional=True, needed=True, doc="its type in CloudFormation"
    )
    physical: Value = setting(String(), word="name", doc="refused: which property is its name depends on its type")
    after: tuple[str, ...] = setting(Many(Declaration()), (), doc="what must be there before it, beside what it refers to")
    spelled: Mapping[str, str] = setting(
        MapOf(
            String(
                "an attribute of Terraform in quotes",
                Pattern(r"[a-z]\w*(?:\.[a-z]\w*|\[\d+\])*", "an attribute such as `name`"),
                literal=True,
            ),
            Pattern(r"[A-Za-z][\w.]*", "an attribute such as `TopicName`"),
        ),
        {},
        word="attributes",
        doc="what its attributes are called in Terraform, where that is not the same in small letters",
    )
    keep: bool | None = setting(
        Flag(),
        doc="it stays when it leaves the app; in Terraform, no plan removes it while it is declared",
        derived="`keep` of the app, which is on, for types that hold data; else the target's own way",
    )

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        self.check(context.report)
        default = app.keep if self.type in HOLD_DATA else False if self.type in PASSING else None
        return evolve(self, keep=self.keep if isinstance(self.keep, bool) else default)

    def check(self, report: Report) -> None:
        """Reports what a raw resource can't be given."""
        origin = self.origins.get("physical")
        if origin is not None and origin.span is not None and self.physical:
            report.error(
                "IFC348",
                f"which property is the name of `{self.name}` depends on its type",
                origin.span,
                "not known",
                "write it as a property: `cfn { … }`",
            )
        spelled = [o for o in self.declared.overlays if o.target == "terraform"]
        typed = [o for o in spelled if o.type]
        for overlay in typed[1:]:
            if overlay.type != typed[0].type:
                report.error(
                    "IFC348", f"`{self.name}` is a `{typed[0].type}` already", overlay.span, "another type", "declare a second `resource`"
                )
        if spelled and not typed:
            report.error(
                "IFC348",
                f"nothing says what type `{self.name}` has in Terraform",
                spelled[0].span,
                "no type",
                'write `terraform "aws_type" { … }`',
            )

    # --- the plan ---

    def attribute(self, name: str, lowering: Lowering) -> Value:
        if self.type.startswith("AWS::") and name[0].islower() and name not in ("id", "arn"):
            close = f"write `{self.name}.{name[0].upper()}{name[1:]}`, or `{self.name}.id` for what `Ref` gives"
            lowering.report.error(
                "IFC348",
                f"`{self.name}.{name}` is no attribute: those of {self.type} begin with a capital",
                self.declared.span,
                "this resource",
                f"write `{self.name}.id`, which often is the name" if name == "name" else close,
            )
        # Everything that is declared has an `arn`; types of AWS call theirs `Arn`.
        return Attr(self.id, "Arn" if name == "arn" and self.type.startswith("AWS::") else name)

    def lower(self, lowering: Lowering) -> None:
        lowering.add(
            raw.Raw(
                id=self.id,
                type=self.type,
                other_type=next((o.type for o in self.declared.overlays if o.type), ""),
                after=tuple(sorted({lowering.app.resources[name].id for name in self.after if name in lowering.app.resources})),
                kept=self.keep,
                keep=bool(self.keep),
                spelled=self.spelled,
                tags=self.tags,
            ),
            self.name,
        )
