"""Comparisons to print: two versions of the orders app, and others made of them."""

from __future__ import annotations

from ifc.review.finding import CREATED, DELETED, REPLACED, UPDATED, Comparison, Consequence, Finding, Waiver, ordered
from ifc.review.risk import Risk
from ifc.source import Source, Span

BEFORE = """\
app orders { region "ap-northeast-1" }

table Orders {
  key    id: string
  stream new-and-old
}
queue  Shipments { dead-letter after 5 }
topic  OrderPlaced
bucket Reports { keep }

authorizer Staff { issuer "https://id.example.com"; audience "orders" }
api Public {
  POST   /orders      -> placeOrder
  GET    /orders/{id} -> getOrder
  DELETE /orders/{id} -> cancel { authorizer Staff }
}

function placeOrder "src/orders.place" { writes Orders; publishes OrderPlaced }
function getOrder   "src/orders.get"   { reads Orders }
function cancel     "src/orders.cancel" { writes Orders }
function ship       "src/ship.handler" { timeout 30s }
function bill       "src/bill.handler"
function report     "src/report.run"   { reads Orders; writes Reports; memory 1GB }

OrderPlaced -> Shipments -> ship { batch 10 }
Orders.stream -> bill
every 1h -> report
"""
AFTER = """\
app orders { region "ap-northeast-1" }

table Orders {
  key    id: string
  stream new-and-old
}
queue  Shipments { fifo; dead-letter after 5 }
topic  OrderPlaced
bucket Reports

authorizer Staff { issuer "https://id.example.com"; audience "orders" }
api Public {
  POST   /orders      -> placeOrder
  GET    /orders/{id} -> getOrder
  DELETE /orders/{id} -> cancel
}

function placeOrder "src/orders.place" { writes Orders; publishes OrderPlaced }
# ifc: allow R2 "the shop's search looks at all orders until its own index is there" until 2027-01-31
function getOrder   "src/orders.get"   { reads Orders; allow "dynamodb:Scan" on Orders }
function cancel     "src/orders.cancel" { writes Orders }
function ship       "src/ship.handler" { timeout 5m }
function bill       "src/bill.handler"
function report     "src/report.run"   { reads Orders; writes Orders, Reports; memory 2GB }

OrderPlaced -> Shipments -> ship { batch 25 }
Orders.stream where eventName == "INSERT" -> bill
every 1h -> report
"""
OLD, NEW = Source("app.ifc", BEFORE), Source("app.ifc", AFTER)


def at(source: Source, words: str) -> Span:
    """Where some words stand first."""
    start = source.text.index(words)
    return Span(source, start, start + len(words))


def old(words: str) -> Span:
    """A place in the old version."""
    return at(OLD, words)


def new(words: str) -> Span:
    """A place in the new version."""
    return at(NEW, words)


def cfn(resource: str, type: str, action: str, *properties: str, because: tuple[str, ...] = (), kept: bool = False) -> Consequence:
    """What CloudFormation does to a resource."""
    return Consequence(target="cfn", resource=resource, type=type, action=action, properties=properties, because=because, kept=kept)


def terraform(resource: str, action: str, *properties: str, because: tuple[str, ...] = (), remark: str = "") -> Consequence:
    """What Terraform does to a resource."""
    kind = resource.partition(".")[0]
    return Consequence(
        target="terraform", resource=resource, type=kind, action=action, properties=properties, because=because, remark=remark
    )


QUEUE = Finding(
    risk=Risk.DATA,
    rule="replaced",
    subject="queue/Shipments",
    title="queue `Shipments` is replaced",
    effect="the messages in it are lost",
    before="queue Shipments { dead-letter after 5 }",
    after="queue Shipments { fifo; dead-letter after 5 }",
    help="let `ship` empty the queue before the deployment, or declare the new queue beside the old one",
    old=old("queue  Shipments { dead-letter after 5 }"),
    new=new("queue  Shipments { fifo; dead-letter after 5 }"),
    consequences=(
        cfn("Shipments", "AWS::SQS::Queue", REPLACED, "FifoQueue", because=("FifoQueue",)),
        cfn("ShipmentsPolicy", "AWS::SQS::QueuePolicy", REPLACED, "Queues", because=("Queues",)),
        cfn("ShipmentsToShip", "AWS::Lambda::EventSourceMapping", REPLACED, "EventSourceArn", because=("EventSourceArn",)),
        cfn("shipRole", "AWS::IAM::Role", UPDATED, "Policies"),
        cfn("OrderPlacedToShipments", "AWS::SNS::Subscription", UPDATED, "Endpoint"),
        terraform("aws_sqs_queue.shipments", REPLACED, "fifo_queue", "name", because=("fifo_queue", "name")),
        terraform("aws_lambda_event_source_mapping.shipments_to_ship", REPLACED, "event_source_arn", because=("event_source_arn",)),
        terraform("aws_iam_role_policy.ship", UPDATED, "policy"),
    ),
)
BUCKET = Finding(
    risk=Risk.DATA,
    rule="keep",
    subject="bucket/Reports/keep",
    title="bucket `Reports` is no longer kept",
    effect="it is deleted with its data when it leaves the app or must be replaced",
    before="keep",
    old=old("keep"),
    new=new("bucket Reports"),
    consequences=(
        cfn("Reports", "AWS::S3::Bucket", UPDATED, "DeletionPolicy", "UpdateReplacePolicy"),
        terraform("aws_s3_bucket.reports", UPDATED, "prevent_destroy"),
    ),
)
WIDER = Finding(
    risk=Risk.WIDER,
    rule="permission-widened",
    subject="function/report/permissions/Orders",
    title="function `report` may now write table `Orders`",
    effect="it could put, change and delete every item",
    before="reads Orders",
    after="reads Orders; writes Orders",
    details=("+ dynamodb:BatchWriteItem, DeleteItem, PutItem and UpdateItem on Orders",),
    old=old("reads Orders; writes Reports"),
    new=new("writes Orders, Reports"),
    consequences=(
        cfn("reportRole", "AWS::IAM::Role", UPDATED, "Policies"),
        terraform("aws_iam_role_policy.report", UPDATED, "policy"),
    ),
)
PUBLIC = Finding(
    risk=Risk.EXPOSED,
    rule="route-public",
    subject="route/Public/DELETE /orders/{id}",
    title="route `DELETE /orders/{id}` is public",
    effect="everyone on the internet may call `cancel`, which writes `Orders`",
    before="DELETE /orders/{id} -> cancel { authorizer Staff }",
    after="DELETE /orders/{id} -> cancel",
    help="write `{ authorizer Staff }` behind the route again",
    old=old("DELETE /orders/{id} -> cancel { authorizer Staff }"),
    new=new("DELETE /orders/{id} -> cancel"),
    consequences=(
        cfn("PublicDeleteOrdersId", "AWS::ApiGatewayV2::Route", UPDATED, "AuthorizationType", "AuthorizerId"),
        terraform("aws_apigatewayv2_route.public_delete_orders_id", UPDATED, "authorization_type", "authorizer_id"),
    ),
)
NARROWED = Finding(
    risk=Risk.CONTRACT,
    rule="filter-narrowed",
    subject="wire/Orders.stream -> bill",
    title="`bill` no longer gets every change of `Orders`",
    effect="changes and deletions of items are dropped",
    after='where eventName == "INSERT"',
    old=old("Orders.stream -> bill"),
    new=new('Orders.stream where eventName == "INSERT" -> bill'),
    consequences=(
        cfn("OrdersStreamToBill", "AWS::Lambda::EventSourceMapping", UPDATED, "FilterCriteria"),
        terraform("aws_lambda_event_source_mapping.orders_stream_to_bill", UPDATED, "filter_criteria"),
    ),
)
ACCEPTED = Finding(
    risk=Risk.WIDER,
    rule="permission-widened",
    subject="function/getOrder/permissions/Orders",
    title="function `getOrder` may now scan table `Orders`",
    after='allow "dynamodb:Scan" on Orders',
    old=old("reads Orders"),
    new=new('allow "dynamodb:Scan" on Orders'),
    consequences=(cfn("getOrderRole", "AWS::IAM::Role", UPDATED, "Policies"),),
    waiver=Waiver(
        reason="the shop's search looks at all orders until its own index is there", until="2027-01-31", span=new("# ifc: allow R2")
    ),
)


def setting(subject: str, title: str, before: str, after: str, there: str, resource: str, property: str) -> Finding:
    """A change of behaviour."""
    return Finding(
        risk=Risk.BEHAVIOUR,
        rule=subject.rpartition("/")[2],
        subject=subject,
        title=title,
        before=before,
        after=after,
        old=old(there),
        new=new(there),
        consequences=(cfn(resource, "AWS::Lambda::Function", UPDATED, property),),
    )


SETTINGS = (
    setting("function/ship/timeout", "timeout of function `ship`", "30s", "5m", "timeout", "ship", "Timeout"),
    setting("function/report/memory", "memory of function `report`", "1GB", "2GB", "memory", "report", "MemorySize"),
    setting("wire/Shipments -> ship/batch", "batch of `Shipments -> ship`", "10", "25", "batch", "ShipmentsToShip", "BatchSize"),
)


def cosmetic(number: int, rule: str = "tags") -> Finding:
    """One of many changes that matter to nobody."""
    return Finding(
        risk=Risk.COSMETIC, rule=rule, subject=f"queue/Q{number}/{rule}", title=f"{rule} of queue `Q{number}`", before="a", after="b"
    )


FINDINGS = [QUEUE, BUCKET, WIDER, PUBLIC, NARROWED, ACCEPTED, *SETTINGS, cosmetic(1), cosmetic(2), cosmetic(3, "description")]
TARGETS = ("cfn", "terraform")
ORDERS = Comparison(old="main:app.ifc", new="app.ifc", targets=TARGETS, findings=ordered(FINDINGS), app="orders")
EMPTY = Comparison(old="main:app.ifc", new="app.ifc", targets=TARGETS, app="orders")
IN_PART = Comparison(
    old="template.yaml", new="app.ifc", targets=("cfn",), remarks=("`Legacy`: a type that ifc does not know",), app="orders"
)


def of(*findings: Finding) -> Comparison:
    """A comparison with these findings."""
    return Comparison(old="main:app.ifc", new="app.ifc", targets=TARGETS, findings=ordered(list(findings)), app="orders")


__all__ = ["CREATED", "DELETED", "EMPTY", "IN_PART", "NEW", "OLD", "ORDERS", "cosmetic", "of"]
