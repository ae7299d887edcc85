"""The differences that are meant, each with its reason: whatever the comparison forgives is one of these."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import attrs


@attrs.frozen(kw_only=True)
class Difference:
    """One difference, in the words of the page."""

    key: str
    title: str
    cfn: str
    terraform: str
    why: str
    codes: tuple[str, ...] = ()  # of the diagnostics of what only one of the two can say


NAMES = (
    Difference(
        key="names",
        title="Names that CloudFormation makes up",
        cfn="Queues, topics, tables, streams, secrets, roles, rules and schedules without a `name` get one from CloudFormation.",
        terraform="They are called by the prefix and their declared name, `orders-dev-Shipments`; of two that would have one name, "
        "one is an error ([IFC624](codes.md)). `var.prefix` is therefore there in apps whose template has no `Prefix`.",
        why="Terraform's own made-up names hold the time, and most types want a name. A generated one lets CloudFormation make a new "
        "resource beside the old; Terraform removes the old one first.",
        codes=("IFC624",),
    ),
    Difference(
        key="labels",
        title="What things are called in the output",
        cfn="Logical ids, parameters and outputs keep the case of the source: `placeOrderRole`, `tableName`.",
        terraform="Addresses, variables and outputs are written in small letters, and the type is not said twice: "
        "`aws_iam_role.place_order`, `var.table_name`. Names that differ only in their case are an error, and so are params with a name "
        "that Terraform needs itself ([IFC602, IFC620](codes.md)).",
        why="Each is how users of that tool write names. Logical ids have no underscores.",
        codes=("IFC602", "IFC620"),
    ),
    Difference(
        key="ids",
        title="Names of permissions and notifications",
        cfn="A permission of a function and a notification of a bucket have no name.",
        terraform="They have one, made from declared names: `statement_id`, `id`.",
        why="Without one the provider makes one up, with the time in it.",
    ),
    Difference(
        key="renamed",
        title="Renamed declarations",
        cfn="`renamed from Old` keeps the logical ids that were made from `Old`.",
        terraform="The addresses are those of the new name, and `moved` blocks say what each was called. Physical names stay on both sides.",
        why="A template can't say that an id was another one; Terraform can, and its addresses are what people read.",
    ),
)
FORM = (
    Difference(
        key="blocks",
        title="Several blocks for one resource",
        cfn="A bucket with all its settings, a role with its policies, a rule with its target, a method with its integration and "
        "answers, a stage with its throttles, a queue with its redrive policy are one resource each. Policies stand inside.",
        terraform="Each part is a block of its own, which refers to the main one. Policies are `aws_iam_policy_document` data sources; "
        "roles of one service share the one that says who may take them.",
        why="The provider has split or is splitting these types, and a reviewer reads data sources line by line.",
    ),
    Difference(
        key="order",
        title="What waits for what",
        cfn="`DependsOn` says what references don't. A role is made with its policy, so whoever refers to the role waits for both.",
        terraform="`depends_on` says it, also of policies: a function waits for the policy of its role. What references say "
        "already, directly or through others, is left out.",
        why="The order is the same on both sides (the test compares it); a policy of its own can be later than its role.",
    ),
    Difference(
        key="tags",
        title="Tags of the app",
        cfn="They stand on every resource that takes tags.",
        terraform="They are `default_tags` of the provider, which puts them on every resource that takes tags, raw ones too. A tag "
        "whose value only the provider knows (the region, say) is on each resource.",
        why="That is what default tags are for; they can't be made from what the provider has to find out.",
    ),
    Difference(
        key="defaults",
        title="Defaults that are written out",
        cfn="What is not set is left out: CloudFormation puts it back to the service's default when it leaves the template.",
        terraform="Some defaults are written: the log format, storage and tracing of functions; age and parallel calls of "
        "mappings; the largest message, scope and throughput of queues; time to live and encryption of tables that have none; the other "
        "half of a rule's retry policy; how long browsers remember what an HTTP API allows; an authorizer that looks at no header.",
        why="For these the provider keeps the old value when the argument goes, or has a default that is not the service's.",
    ),
    Difference(
        key="variables",
        title="IAM's own variables in permissions",
        cfn="What an `allow` says is in the policy as it stands.",
        terraform="The provider takes `&{` in a policy for `${`, so `&{` is an error ([IFC628](codes.md)). `$${aws:username}` means the "
        "same on both sides.",
        why="`${` begins an expression in Terraform, and the provider has no way to say `&{`.",
        codes=("IFC628",),
    ),
    Difference(
        key="conditions",
        title="Values in conditions",
        cfn="A flag or a number in the condition of an `allow` stays one.",
        terraform="It is text, since the data source takes texts only.",
        why="IAM compares them as text.",
    ),
    Difference(
        key="log groups",
        title="The log group of an API",
        cfn="The stage gets the log group's ARN with `:*` at its end, which is how CloudFormation gives it.",
        terraform="It gets the ARN without.",
        why="API Gateway takes both, and the provider would show the end as a change. In permissions both sides have the end.",
    ),
    Difference(
        key="invoke arn",
        title="How an HTTP API finds its authorizer",
        cfn="The URI is put together from region and ARN of the function.",
        terraform="It is the function's `invoke_arn`.",
        why="It is the same text; CloudFormation has no such attribute.",
    ),
    Difference(
        key="written arns",
        title="How a REST API finds its functions",
        cfn="Methods and authorizers refer to the function.",
        terraform="They have its ARN written out, from the prefix and its name.",
        why="A new deployment is made before the old one goes, and Terraform does so with everything that the deployment refers to. With "
        "references that would be the tables and queues behind the functions, whose names are taken.",
    ),
    Difference(
        key="versions",
        title="Versions of a function",
        cfn="A version is a resource. A new one is published where its description is another, which holds a digest of the function's "
        "settings, the key of its code and the values of its params.",
        terraform="`publish` lets the function publish a version with each change of it.",
        why="CloudFormation publishes when a version is made anew, and does not look at the function.",
    ),
    Difference(
        key="traffic",
        title="How traffic moves to a new version",
        cfn="An update of the stack waits while CodeDeploy moves the traffic of the alias as `deploy` says (`UpdatePolicy`).",
        terraform="The alias keeps its version in an apply. `ifc deploy --target terraform`, or whoever starts a deployment of the group, "
        "moves the traffic afterwards; that is a warning ([IFC371](codes.md)).",
        why="The provider has nothing that starts a deployment.",
        codes=("IFC371",),
    ),
    Difference(
        key="deployments",
        title="Deployments of a REST API",
        cfn="A change of routes is a deployment with another logical id: the id ends in a digest of what it is a snapshot of.",
        terraform="The digest is a trigger, which replaces the deployment; the new one is made first. What only the deployment knows "
        "(params) is a trigger too: another value is another deployment, where CloudFormation waits for the next change of the source. "
        "What you lay over the routes for one tool is in the digest of that tool.",
        why="An address can't change with the content, and a logical id is all that makes CloudFormation deploy again.",
    ),
    Difference(
        key="code",
        title="Where code comes from",
        cfn="From a bucket: `CodeBucket`, and a parameter for the key of each function's archive (`code.json` has them).",
        terraform="From files of the folder: `var.code` has path and digest of each archive (`code.auto.tfvars.json` gives it).",
        why="CloudFormation can't read local files; Terraform uploads them itself.",
    ),
    Difference(
        key="json",
        title="Params in JSON text",
        cfn="`Fn::Sub` pastes the value between the quotes.",
        terraform="`jsonencode` writes it with its quotes. A value with a quote or a backslash in it arrives as it is; in a template "
        "it would break the JSON.",
        why="CloudFormation has no function for it.",
    ),
)
VALUES = (
    Difference(
        key="types",
        title="Types of params",
        cfn="`String`, `Number` and `CommaDelimitedList`. A flag is a `String` that may be `true` or `false`, a list a text with commas.",
        terraform="`string`, `number`, `bool` and `list(string)`. A value that was not given keeps nothing of the last run.",
        why="Those are the types that there are.",
    ),
    Difference(
        key="patterns",
        title="Patterns of params",
        cfn="`AllowedPattern` must match the whole value, as a regular expression of Java.",
        terraform="A validation finds it with RE2, between `^(?:` and `)$`. What RE2 lacks (looking around, looking back) is an error "
        "([IFC621](codes.md)).",
        why="Terraform has no other regular expressions.",
        codes=("IFC621",),
    ),
    Difference(
        key="lookups",
        title="Values that are read at deployment",
        cfn="`ssm` is a dynamic reference, `exported` is `Fn::ImportValue`: read when the resource is created or changed. An ARN from "
        "SSM can't be taken apart ([IFC610](codes.md)), and an exported value can't change while it is imported.",
        terraform="Both are data sources: read in every plan, and a new value is a change. ARNs can be taken apart, and nothing "
        "keeps the exporting stack from changing its value. A `{{resolve:…}}` that you write yourself stays text, which is a warning "
        "([IFC629](codes.md)).",
        why="Each is the tool's own way.",
        codes=("IFC610", "IFC629"),
    ),
    Difference(
        key="secrets",
        title="Secrets without a value",
        cfn="A value is generated once: 32 letters and digits.",
        terraform="The secret is made without a value, and a warning says so ([IFC623](codes.md)).",
        why="Terraform could only generate one that lies readable in its state.",
        codes=("IFC623",),
    ),
    Difference(
        key="write-only",
        title="Secrets with a value",
        cfn="The parameter is `NoEcho`; CloudFormation knows when its value is another one.",
        terraform="The value goes through a write-only argument, never into the state; a number of 24 bits made from it tells when "
        "there is another one.",
        why="What is not kept can't be compared.",
    ),
    Difference(
        key="unicode",
        title="Letters with accents",
        cfn="Text arrives as it was written.",
        terraform="Terraform composes letters and accents (Unicode's normal form NFC). Text that it would change is a warning "
        "([IFC626](codes.md)); in JSON text it is escaped and arrives as it was.",
        why="Terraform does so with all text.",
        codes=("IFC626",),
    ),
)
STAYS = (
    Difference(
        key="kept",
        title="What is kept",
        cfn="`DeletionPolicy: RetainExceptOnCreate` and `UpdateReplacePolicy: Retain`: it leaves the stack and stays. On what is not "
        "kept and holds data, `Delete` is written out.",
        terraform="`lifecycle { prevent_destroy }`: a plan that would destroy it fails. When the declaration goes, that goes with it, "
        "and only a table's deletion protection, or a bucket's being not empty, is left "
        "([what to do](terraform.md#what-is-kept)).",
        why="Terraform has nothing that holds for a block that is no longer there, but for `removed` blocks, which need the old address.",
    ),
    Difference(
        key="recovery",
        title="Secrets that are not kept",
        cfn="A secret that goes can be brought back for 30 days.",
        terraform="It is gone at once: `recovery_window_in_days` is 0.",
        why="As long as it can be brought back its name is taken, and in Terraform the name is fixed.",
    ),
)
ONE_SIDED = (
    Difference(
        key="region",
        title="The region of the app",
        cfn="A template has no place for it: the deployment says where.",
        terraform="It is the provider's `region`.",
        why="A stack is made in a region; a provider is told one.",
    ),
    Difference(
        key="description",
        title="The description of the app",
        cfn="It is the template's `Description`.",
        terraform="It is a comment, `//` in `versions.tf.json`.",
        why="A configuration has no description of its own.",
    ),
    Difference(
        key="exports",
        title="Exports",
        cfn="`output … { export }` gives the value a name for other stacks.",
        terraform="It is an error ([IFC622](codes.md)): leave `export` out, and read the output with `terraform_remote_state`.",
        why="Terraform has nothing like it.",
        codes=("IFC622",),
    ),
    Difference(
        key="raw",
        title="Raw resources",
        cfn="`resource` is what its `cfn { … }` says.",
        terraform='It is what its `terraform "type" { … }` says; without one, or with an attribute that the type lacks, it is an '
        "error ([IFC347, IFC627](codes.md)).",
        why="They are your own words: only that it is there, its order, and whether it is kept are compared.",
        codes=("IFC347", "IFC627"),
    ),
    Difference(
        key="overlays",
        title="Properties laid over for one tool",
        cfn="`cfn { … }` changes the template alone.",
        terraform="`terraform { … }` changes the configuration alone; a type that a declaration does not become is an error "
        "([IFC625](codes.md)).",
        why="They are your own words. Where both are written, both are compared.",
        codes=("IFC625",),
    ),
    Difference(
        key="limits",
        title="Limits of a template",
        cfn="500 resources, 200 parameters, 200 outputs and 1,000,000 bytes ([IFC604](codes.md)).",
        terraform="None of these.",
        why="They are CloudFormation's quotas.",
        codes=("IFC604",),
    ),
)
SECTIONS = {
    "Names": NAMES,
    "The same in another form": FORM,
    "Values": VALUES,
    "What stays": STAYS,
    "What only one of the two has": ONE_SIDED,
}
BY_KEY = {difference.key: difference for all in SECTIONS.values() for difference in all}
INTRODUCTION = """\
The CloudFormation template and the Terraform configuration of an app mean the same: a test reads both outputs of every example, of the
other apps of the tests and of generated ones back into one neutral form (functions, permissions one by one, filters, routes, order, …)
and compares. It forgives what is listed here and nothing else, and every entry of the list shows in some app. Who uses one target needs
none of this; it is for changing from one to the other, or reading both.
"""


def page(made: str) -> str:
    """docs/differences.md."""
    lines = ["# CloudFormation and Terraform: intended differences", "", *made.splitlines(), "", *folded(INTRODUCTION), ""]
    for section, all in SECTIONS.items():
        lines += [f"## {section}", ""]
        for difference in all:
            lines += [f"### {difference.title}", ""]
            for name, text in (("CloudFormation", difference.cfn), ("Terraform", difference.terraform), ("Why", difference.why)):
                lines += folded(f"- **{name}**: {text}", "  ")
            lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def folded(text: str, indent: str = "") -> Iterator[str]:
    """A paragraph as lines."""
    yield from textwrap.wrap(" ".join(text.split()), 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
