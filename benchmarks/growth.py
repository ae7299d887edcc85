"""Apps of any size for the growth measurements: the same app as `.ifc` and as a SAM template.

Ten functions are one service: a table with a stream, a topic, two routes, a queue for each function, and a chain of functions that
send to each other's queues. Nothing runs in a circle, so that what is measured is the compile and not a finding. With `routed`
every function has a route, as in an app that is mostly an API.
"""

from __future__ import annotations

import os

GROUP = 10  # functions of one service
YARD = 50  # functions that share a bucket and a schedule


def write_ifc(folder: str, functions: int, routed: bool = False) -> str:
    """Writes `app.ifc` and its handlers' files for so many functions; returns the path of `app.ifc`."""
    os.makedirs(os.path.join(folder, "src"), exist_ok=True)
    path = os.path.join(folder, "app.ifc")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(ifc(functions, routed))
    for group in range(functions // GROUP):
        with open(os.path.join(folder, "src", f"service{group}.py"), "w", encoding="utf-8") as stream:
            stream.write("\n\n".join(f'def step{i}(event, context):\n    return {{"batchItemFailures": []}}\n' for i in range(GROUP)))
    return path


def ifc(functions: int, routed: bool) -> str:
    """The app in ifc's language."""
    lines = ['app growth { region "ap-northeast-1" }']
    routes: list[str] = []
    wires: list[str] = []
    for g in range(functions // GROUP):
        lines += ["", f"table Things{g} {{", "  key    id: string", "  ttl    expiresAt", "  stream new-and-old", "}", f"topic Changed{g}"]
        if g * GROUP % YARD == 0:
            lines.append(f"bucket Files{g * GROUP // YARD}")
            wires.append(f"every 1h -> f{g * GROUP + 1}")
        routes += [f"  {method} {path} -> f{g * GROUP + i}" for i in range(GROUP) for method, path in routes_of(g, i, routed)]
        for i in range(GROUP):
            name = g * GROUP + i
            lines += [
                f"queue Jobs{name} {{ dead-letter after 5 }}",
                f'function f{name} "src/service{g}.step{i}" {{ {verbs(g, i)}; timeout 30s }}',
            ]
            wires.append(f"Jobs{name} -> f{name} {{ batch 10 }}")
        wires += [f"Changed{g} -> Jobs{g * GROUP + 3}", f'Things{g}.stream where eventName == "INSERT" -> f{g * GROUP + 9}']
    return "\n".join([*lines, "", "api Public {", *routes, "}", "", *wires, ""])


def routes_of(group: int, i: int, routed: bool) -> list[tuple[str, str]]:
    """The routes of the function at place `i` of a service."""
    if i < 2:
        return [("POST", f"/things{group}") if i == 0 else ("GET", f"/things{group}/{{id}}")]
    return [("GET", f"/things{group}/step{i}")] if routed else []


def verbs(group: int, i: int) -> str:
    """What the function at place `i` of a service may do."""
    said = [f"reads Things{group}"]
    if i == 0:
        said = [f"writes Things{group}", f"publishes Changed{group}"]
    elif i == 5:
        said.append(f"writes Files{group * GROUP // YARD}")
    elif i % 2 == 0:
        said.append(f"writes Things{group}")
    if 1 < i < GROUP - 1:
        said.append(f"sends Jobs{group * GROUP + i + 1}")
    return "; ".join(said)


# --- the same for SAM ---

HEAD = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: python3.14, Architectures: [arm64], MemorySize: 256, Timeout: 30, CodeUri: s3://code/growth.zip }
Resources:
  Public: { Type: AWS::Serverless::HttpApi }
"""
BUCKET = """  Files{yard}:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption: {{ ServerSideEncryptionConfiguration: [{{ ServerSideEncryptionByDefault: {{ SSEAlgorithm: AES256 }} }}] }}
      OwnershipControls: {{ Rules: [{{ ObjectOwnership: BucketOwnerEnforced }}] }}
      PublicAccessBlockConfiguration: {{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }}
"""
SERVICE = """  Things{g}:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{ AttributeName: id, AttributeType: S }}]
      KeySchema: [{{ AttributeName: id, KeyType: HASH }}]
      PointInTimeRecoverySpecification: {{ PointInTimeRecoveryEnabled: true }}
      StreamSpecification: {{ StreamViewType: NEW_AND_OLD_IMAGES }}
      TimeToLiveSpecification: {{ AttributeName: expiresAt, Enabled: true }}
  Changed{g}: {{ Type: AWS::SNS::Topic }}
  Changed{g}ToJobs{third}:
    Type: AWS::SNS::Subscription
    DependsOn: Jobs{third}Policy
    Properties: {{ TopicArn: !Ref Changed{g}, Protocol: sqs, Endpoint: !GetAtt Jobs{third}.Arn, RawMessageDelivery: true }}
  Jobs{third}Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs{third}]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{ Service: sns.amazonaws.com }}
            Action: sqs:SendMessage
            Resource: !GetAtt Jobs{third}.Arn
            Condition: {{ ArnEquals: {{ "aws:SourceArn": !Ref Changed{g} }} }}
"""
FUNCTION = """  Jobs{n}Dead: {{ Type: AWS::SQS::Queue, Properties: {{ MessageRetentionPeriod: 1209600, SqsManagedSseEnabled: true }} }}
  Jobs{n}:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 345600
      VisibilityTimeout: 180
      SqsManagedSseEnabled: true
      RedrivePolicy: {{ deadLetterTargetArn: !GetAtt Jobs{n}Dead.Arn, maxReceiveCount: 5 }}
  F{n}Logs: {{ Type: AWS::Logs::LogGroup, Properties: {{ RetentionInDays: 30 }} }}
  F{n}:
    Type: AWS::Serverless::Function
    Properties:
      Handler: src/service{g}.step{i}
      LoggingConfig: {{ LogGroup: !Ref F{n}Logs }}
      Environment:
        Variables:
{variables}
      Policies:
{policies}
      Events:
        Jobs:
          Type: SQS
          Properties: {{ Queue: !GetAtt Jobs{n}.Arn, BatchSize: 10, FunctionResponseTypes: [ReportBatchItemFailures] }}
{events}"""
ROUTE = """        Route:
          Type: HttpApi
          Properties: {{ ApiId: !Ref Public, Method: {method}, Path: "{path}" }}
"""
STREAM = """        Things:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Things{g}.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 100
            MaximumRetryAttempts: 3
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria: {{ Filters: [{{ Pattern: '{{"eventName":["INSERT"]}}' }}] }}
"""
SCHEDULE = """        Hourly:
          Type: ScheduleV2
          Properties: { ScheduleExpression: rate(1 hour), RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 } }
"""


def write_sam(folder: str, functions: int, routed: bool = False) -> str:
    """Writes `template.yaml` for so many functions; returns its path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "template.yaml")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(sam(functions, routed))
    return path


def sam(functions: int, routed: bool) -> str:
    """The app as a SAM template."""
    parts = [HEAD]
    for g in range(functions // GROUP):
        parts.append(SERVICE.format(g=g, third=g * GROUP + 3))
        if g * GROUP % YARD == 0:
            parts.append(BUCKET.format(yard=g * GROUP // YARD))
        parts += [sam_function(g, i, routed) for i in range(GROUP)]
    return "".join(parts)


def sam_function(g: int, i: int, routed: bool) -> str:
    """One function with its queue."""
    n = g * GROUP + i
    variables: dict[str, str] = {}
    policies: list[str] = []
    for verb, target in (said.split() for said in verbs(g, i).split("; ")):
        if target.startswith("Things"):
            variables[f"THINGS{g}_TABLE"] = f"!Ref {target}"
            policies.append(f"DynamoDB{'Read' if verb == 'reads' else 'Write'}Policy: {{ TableName: !Ref {target} }}")
        elif target.startswith("Files"):
            variables[f"FILES{g * GROUP // YARD}_BUCKET"] = f"!Ref {target}"
            policies.append(f"S3WritePolicy: {{ BucketName: !Ref {target} }}")
        elif target.startswith("Changed"):
            variables[f"CHANGED{g}_TOPIC_ARN"] = f"!Ref {target}"
            policies.append(f"SNSPublishMessagePolicy: {{ TopicName: !GetAtt {target}.TopicName }}")
        else:
            variables[f"{target.upper()}_QUEUE_URL"] = f"!Ref {target}"
            policies.append(f"SQSSendMessagePolicy: {{ QueueName: !GetAtt {target}.QueueName }}")
    events = "".join(ROUTE.format(method=method, path=path) for method, path in routes_of(g, i, routed))
    if i == 1 and g * GROUP % YARD == 0:
        events += SCHEDULE
    if i == GROUP - 1:
        events += STREAM.format(g=g)
    return FUNCTION.format(
        n=n,
        g=g,
        i=i,
        events=events,
        variables="\n".join(f"          {name}: {value}" for name, value in variables.items()),
        policies="\n".join(f"        - {policy}" for policy in policies),
    )
