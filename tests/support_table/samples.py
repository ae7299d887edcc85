"""A small app for each setting: `«…»` marks the setting, and after a `|` in it stands what is there without it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ifc.kinds import kinds, load
from ifc.records import record
from ifc.resolve.later import STATEMENTS
from ifc.routes.path import WORDS as METHODS

KEY = "arn:aws:kms:eu-west-1:123456789012:key/k"
WORKER = 'function f "a.b"'
_MARK = re.compile(r"«([^»|]*)(?:\|([^»]*))?»")


@record
class Sample:
    """One setting in an app. Its place is where it stands: a kind, an arrow (`queue ->`) or another statement."""

    place: str
    setting: str
    text: str

    @property
    def key(self) -> str:
        """What it is asked for by."""
        return f"{self.place}: {self.setting}"

    @property
    def written(self) -> str:
        """The app with the setting."""
        return _MARK.sub(lambda m: m[1], self.text)

    @property
    def unwritten(self) -> str:
        """The app without it."""
        return _MARK.sub(lambda m: m[2] or "", self.text)

    def saying(self, other: str) -> str:
        """The app with something else in the place of the setting."""
        return _MARK.sub(other, self.text)

    @property
    def marked(self) -> str:
        """The setting as it is written."""
        return "".join(m[1] for m in _MARK.finditer(self.text))


SAMPLES: dict[str, Sample] = {}
REST = " (REST)"  # after a place: with `protocol rest`
# Settings that the checks alone read, and the diagnostic that comes or goes with each.
CHECKED = {
    "extern queue: fifo": "IFC464",
    "extern topic: fifo": "IFC461",
    "extern table: key": "IFC439",
    "extern table: stream": "IFC438",
    "a function's verbs: allow … because": "IFC504",
}
# What a sample may be refused with: that a protocol, a target or this release has no such thing. Anything else is a mistake in it.
REFUSALS = {
    *("IFC327", "IFC348", "IFC350", "IFC351", "IFC356", "IFC376", "IFC438", "IFC484", "IFC490", "IFC492"),
    *("IFC610", "IFC622", "IFC901", "IFC902", "IFC903", "IFC904", "IFC905"),
}
# What a target does nothing with and says nothing of, and what the page says instead of a path.
RAW, UNUSED = "raw resources are told", "a name that nothing here uses"
UNMEASURED, BY_DEPLOY = "alarms are told", "`ifc deploy` looks at it"
BY_COST = "`ifc cost` looks at it"
# An arrow for each place at which `expect` can stand.
EXPECTING = {
    "route ->": "api A { GET /a -> f { … } }",
    f"route{REST} ->": "api A { protocol rest; GET /a -> f { … } }",
    "bucket.created ->": "bucket B\nB.created -> f { … }",
    "bucket.removed ->": "bucket B\nB.removed -> f { … }",
    "bus ->": "bus B\nB -> f { … }",
    "queue ->": "queue Q\nQ -> f { … }",
    "queue.dead-letter ->": "queue Q { dead-letter after 3 }\nQ.dead-letter -> f { … }",
    "stream ->": "stream S\nS -> f { … }",
    "table.stream ->": "table T { key id: string; stream new }\nT.stream -> f { … }",
    "table.expired ->": "table T { key id: string; stream old; ttl at }\nT.expired -> f { … }",
    "topic ->": "topic T\nT -> f { … }",
}
EXCUSED = {
    "a declaration: cfn { }": {"terraform": "–"},
    "a declaration: cfn part { }": {"terraform": "–"},
    "a declaration: terraform { }": {"cfn": "–"},
    "a declaration: terraform part { }": {"cfn": "–"},
    'a declaration: terraform "type" { }': {"cfn": "–"},
    "an arrow: cfn { }": {"terraform": "–"},
    "an arrow: cfn part { }": {"terraform": "–"},
    "an arrow: terraform { }": {"cfn": "–"},
    "an arrow: terraform part { }": {"cfn": "–"},
    "resource: attributes": {"cfn": "–", "spacer": RAW},
    "resource: type": {"terraform": '`terraform "type" { … }` says it', "spacer": RAW},
    **{f"resource: {setting}": {"spacer": RAW} for setting in ("id", "tags", "after", "keep")},
    # The values that a project is compiled with have passed these.
    **{f"param: {setting}": {"spacer": "checked when it is compiled"} for setting in ("pattern", "one-of", "min", "max")},
    **{
        f"alarm: {setting}": {"spacer": UNMEASURED}
        for setting in (
            "id",
            "tags",
            "name",
            "over",
            "times",
            "times count",
            "times of",
            "average",
            "percentile",
            "dimensions",
            "missing",
            "where",
        )
    },
    **{f"alarm{port} ->: to {target}": {"spacer": UNMEASURED} for port in ("", ".ok") for target in ("topic", "function")},
    **{f"layer: {setting}": {"spacer": UNUSED} for setting in ("id", "name", "code")},
    **{f"function: {word}": dict.fromkeys(("cfn", "terraform"), "what the archive holds") for word in ("include", "exclude")},
    "stage: account": {"cfn": BY_DEPLOY, "spacer": "of deployments alone"},
    "stage: protected": {"cfn": BY_DEPLOY, "terraform": BY_DEPLOY, "spacer": "of deployments alone"},
    **{f"function: deploy {word}": {"terraform": BY_DEPLOY} for word in ("before", "after")},
    **{
        f"{place}: expect{word}": dict.fromkeys(("cfn", "terraform", "spacer"), BY_COST)
        for place in EXPECTING
        for word in ("", " count", " per")
    },
    "function: deploy percent": dict.fromkeys(("cfn", "terraform"), "the word may be left out"),
    # Nothing here goes by these names.
    **{f"{place}: name": {"spacer": UNUSED} for place in ("api", f"api{REST}", "authorizer", f"authorizer{REST}")},
    **{f"{place}: id": {"spacer": UNUSED} for place in ("authorizer", f"authorizer{REST}", "bucket", "bus", "config")},
}


def add(place: str, context: str, settings: Mapping[str, str]) -> None:
    """Takes samples of one place: each setting stands at the `…` of the context, as a whole unless a part of it is marked."""
    for setting, text in settings.items():
        sample = Sample(place, setting, context.replace("…", text if "«" in text else f"«{text}»"))
        if sample.key in SAMPLES:
            raise KeyError(sample.key)
        SAMPLES[sample.key] = sample


def arrows(kind: str) -> Iterator[tuple[str, str]]:
    """The places of a kind's arrows, and how each arrow begins."""
    for port in load(kind).ports:
        yield f"{kind}{'.' + port if port else ''} ->", f"Name{'.' + port if port else ''} ->"
    if load(kind).has_routes:
        yield "route ->", "METHOD /path ->"
        yield f"route{REST} ->", "METHOD /path ->` with `protocol rest"


for _place, _arrow in EXPECTING.items():
    add(
        _place,
        f"{WORKER}\n{_arrow}",
        {
            "expect": "expect 1000 per day",
            "expect count": "expect «1000|2000» per day",
            "expect per": "expect 1000 «per day|per hour»",
        },
    )

# --- statements ---

add(
    "app",
    f"app x {{ … }}\nqueue Jobs\n{WORKER}",
    {
        "region": 'region "eu-west-1"',
        "tags": 'tags { team "store" }',
        "prefix": 'prefix "shop"',
        "boundary": 'boundary "arn:aws:iam::123456789012:policy/boundary"',
    },
)
add("app", "app x { … }\ntable T { key id: string }", {"keep": "keep off"})
add(
    "stage",
    f"app x\nqueue Jobs\n{WORKER}\nstage prod {{ … }}",
    {
        "region": 'region "eu-west-1"',
        "tags": 'tags { team "store" }',
        "prefix": 'prefix "shop"',
        "boundary": 'boundary "arn:aws:iam::123456789012:policy/boundary"',
        "account": 'account "123456789012"',
        "protected": "protected",
    },
)
add("stage", "app x\ntable T { key id: string }\nstage prod { … }", {"keep": "keep off"})
add("stage", "queue Jobs\nstage prod { … }", {"Name { }": "Jobs { delay 5s }", "kind Name": "topic Placed"})
add("stage", f"queue Jobs\n{WORKER}\nstage prod {{ … }}", {"source -> target": "Jobs -> f"})
add("stage", 'param level "info"\nqueue Jobs\nstage prod { … }', {"param value": 'level "warn"'})
add("param", "queue Jobs\nparam p …", {"default": '"a"', "pattern": '{ pattern "[a-z]+" }', "secret": "{ secret }"})
add("param", 'queue Jobs\nparam p "1" { … }', {"one-of": 'one-of "1", "2"'})
add("param", "queue Jobs\nparam p { … }", {"type": "type number"})
add("param", "queue Jobs\nparam p 5 { … }", {"min": "min 1", "max": "max 9"})
add("output", "queue Jobs\noutput o …", {"value": "«Jobs.url|Jobs.arn»", "export": 'Jobs.arn { «export "jobs"» }'})

# --- what every declaration may say ---

EVERY = "a declaration"
add(EVERY, "queue Jobs { dead-letter after 3; … }", {"renamed from": "renamed from Old"})
add(
    EVERY,
    "queue Jobs { dead-letter after 3; … }",
    {
        "cfn { }": "cfn { DelaySeconds 5 }",
        "cfn part { }": "cfn dead-letter { DelaySeconds 5 }",
        "terraform { }": "terraform { delay_seconds 5 }",
        "terraform part { }": "terraform dead-letter { delay_seconds 5 }",
    },
)
add(EVERY, "bucket Files { versioning; … }", {'terraform "type" { }': 'terraform "aws_s3_bucket_versioning" { mfa "1 2" }'})
ARROW = "an arrow"
add(
    ARROW,
    f"queue Jobs\n{WORKER}\nJobs -> f {{ … }}",
    {
        "cfn { }": 'cfn { MetricsConfig { Metrics ["EventCount"] } }',
        "terraform { }": 'terraform { metrics_config { metrics ["EventCount"] } }',
    },
)
add(
    ARROW,
    f"topic Placed\n{WORKER}\nPlaced -> f {{ … }}",
    {
        "cfn part { }": 'cfn permission { EventSourceToken "t" }',
        "terraform part { }": 'terraform permission { event_source_token "t" }',
    },
)
DESCRIBED = "`##`"
for _what, _text in {
    "alarm": f"{WORKER}\n«## Words\n»alarm Errors where f.errors > 5",
    "app": "«## Words\n»app x\nqueue Jobs",
    "param": "queue Jobs\n«## Words\n»param p",
    "output": "queue Jobs\n«## Words\n»output o Jobs.arn",
    "api": f"{WORKER}\n«## Words\n»api A {{ GET / -> f }}",
    "authorizer": f"{WORKER}\n«## Words\n»authorizer Callers f\napi A {{ authorizer Callers; GET / -> f }}",
    "bucket": "«## Words\n»bucket Files",
    "bus": "«## Words\n»bus Shop",
    "config": "«## Words\n»config Limit 10",
    "function": f"«## Words\n»{WORKER}",
    "layer": '«## Words\n»layer Libs "tests"\nfunction f "a.b" { layers Libs }',
    "queue": "«## Words\n»queue Jobs",
    "resource": '«## Words\n»resource R "AWS::SNS::Topic" { cfn { }; terraform "aws_sns_topic" { } }',
    "secret": "«## Words\n»secret Token",
    "stream": "«## Words\n»stream Clicks",
    "table": "«## Words\n»table T { key id: string }",
    "topic": "«## Words\n»topic Placed",
    "queue ->": f"queue Jobs\n{WORKER}\n«## Words\n»Jobs -> f",
    "topic ->": f"topic Placed\n{WORKER}\n«## Words\n»Placed -> f",
    "stream ->": f"stream Clicks\n{WORKER}\n«## Words\n»Clicks -> f",
    "table.stream ->": f"table T {{ key id: string; stream new }}\n{WORKER}\n«## Words\n»T.stream -> f",
    "bucket.created ->": f"bucket Files\n{WORKER}\n«## Words\n»Files.created -> f",
    "bus ->": f"bus Shop\n{WORKER}\n«## Words\n»Shop -> f",
    "every ->": f"{WORKER}\n«## Words\n»every 1h -> f",
    "route ->": f"{WORKER}\napi A {{\n«## Words\n»GET / -> f\n}}",
    "function.failed ->": f"queue Q\n{WORKER}\n«## Words\n»f.failed -> Q",
}.items():
    add(DESCRIBED, "…", {_what: _text})

# --- alarm ---

add(
    "alarm",
    f"{WORKER}\nalarm Errors where f.errors > 5 {{ … }}",
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "name": 'name "errors"',
        "over": "over 10m",
        "times": "times 3",
        "times count": "times «3|2»",
        "times of": "times 2 «of 3»",
        "average": "average",
        "percentile": "percentile 99",
        "dimensions": 'dimensions { Resource "f:live" }',
        "missing": "missing bad",
    },
)
add("alarm", f"{WORKER}\nqueue Q\nalarm A …", {"where": "where «Q.oldest > 20m|f.errors > 5»"})
for _port in load("alarm").ports:
    _from = f"A{'.' + _port if _port else ''}"
    add(
        f"alarm{'.' + _port if _port else ''} ->",
        f'topic T\n{WORKER}\nfunction g "a.g"\nalarm A where f.errors > 5\n…',
        {"to topic": f"{_from} -> T", "to function": f"{_from} -> g"},
    )

# --- api ---

CORS = {
    "cors": "cors",
    "cors origins": 'cors { «origins "https://a.example"» }',
    "cors methods": "cors { «methods PUT» }",
    "cors headers": 'cors { «headers "x-a"» }',
    "cors credentials": 'cors { origins "https://a.example"; «credentials» }',
    "cors max-age": "cors { «max-age 1h» }",
}
ISSUER = 'jwt "https://a.example"'
TOKEN = f'{ISSUER} {{ audience "x" }}'
GUARDS = {
    "authorizer": "authorizer iam",
    "authorizer audience": f'authorizer {ISSUER} {{ audience «"x", "y"|"x"» }}',
    "authorizer scopes": f'authorizer {ISSUER} {{ audience "x"; «scopes "read"» }}',
    "authorizer headers": 'authorizer check { «headers "X-Token"» }',
    "authorizer token": "authorizer check { «token» }",
    "authorizer cache": "authorizer check { «cache 1m» }",
    "authorizer scheme": "authorizer «check|iam»",
    "authorizer issuer": 'authorizer jwt «"https://b.example"|"https://a.example"» { audience "x" }',
}
CHECK = 'function check "a.c"'
for _protocol, _place, _arrow in (("http", "api", "route ->"), ("rest", f"api{REST}", f"route{REST} ->")):
    _word = " protocol rest;" if _protocol == "rest" else ""
    _open = f"{WORKER}\n{CHECK}\n"
    _identity = "$request.querystring.t" if _protocol == "http" else "method.request.querystring.t"
    _guards = {**GUARDS, "authorizer identity": f'authorizer check {{ «identity "{_identity}"» }}'}
    if _protocol == "rest":
        _guards.update(dict.fromkeys((f"authorizer {s}" for s in ("audience", "scopes", "issuer")), f"authorizer «{TOKEN}|iam»"))
    _throttle = {
        "throttle": "throttle rate 50 burst 25",
        "throttle rate": "throttle rate «50|40» burst 25",
        "throttle burst": "throttle rate 50 burst «25|20»",
    }
    add(
        _place,
        f"{_open}api A {{{_word} …\nGET /a -> f }}",
        {
            "name": 'name "front"',
            "id": 'id "Other"',
            "tags": 'tags { team "store" }',
            "cors expose": 'cors { origins "https://a.example"; «expose "x-a"» }',
            "logs": "logs",
            "route-by": 'route-by "$request.body.action"',
            "root": 'root "abc"',
            "stage": 'stage "prod"',
            **CORS,
            **_guards,
            **_throttle,
            **{word: word for word in load("api").later},
        },
    )
    add(
        _arrow,
        f"{_open}api A {{{_word}\nGET /a -> f {{ … }} }}",
        {
            **_guards,
            **_throttle,
            "scopes": f'authorizer {TOKEN}; «scopes "write"»' if _protocol == "http" else 'authorizer iam; «scopes "write"»',
            "schema": 'schema file "bad/order.schema.json"',
            "api-key": "api-key",
            "cache": "cache 1m",
        },
    )
    add(_arrow, f"{_open}api A {{{_word} authorizer iam\nGET /a -> f {{ … }} }}", {"authorizer none": "authorizer none"})
    add(
        _arrow,
        f"queue Q\nbus B\nstream S\n{WORKER}\napi A {{{_word}\nGET / -> f\n… }}",
        {"to function": "GET /a -> f", "to queue": "GET /a -> Q", "to bus": "GET /a -> B", "to stream": "GET /a -> S"},
    )
    add(
        _arrow,
        f"{WORKER}\napi A {{{_word}\nGET / -> f\n… }}",
        {method: f"{method}{'' if method == 'DEFAULT' else ' /a'} -> f" for method in METHODS},
    )
add("api", f"{WORKER}\napi A {{ «protocol rest»\nGET /a -> f }}", {"protocol": "protocol rest"})
add(f"api{REST}", f"{WORKER}\napi A {{ «protocol websocket|protocol rest»\nGET /a -> f }}", {"protocol": "protocol websocket"})

# --- authorizer ---

for _protocol, _place in (("http", "authorizer"), ("rest", f"authorizer{REST}")):
    _word = " protocol rest;" if _protocol == "rest" else ""
    _api = f'api A {{{_word} authorizer Callers\nGET /a -> f }}\n{WORKER}\n{CHECK}\nfunction other "a.d"\n'
    _identity = "$request.querystring.t" if _protocol == "http" else "method.request.querystring.t"
    add(
        _place,
        f"{_api}authorizer Callers check {{ … }}",
        {
            "name": 'name "doors"',
            "id": 'id "Other"',
            "tags": 'tags { team "store" }',
            "headers": 'headers "X-Token"',
            "identity": f'identity "{_identity}"',
            "token": "token",
            "cache": "cache 1m",
        },
    )
    add(
        _place,
        f"{_api}authorizer Callers …",
        {
            "audience": f'{ISSUER} {{ audience «"x", "y"|"x"» }}',
            "scopes": f'{ISSUER} {{ audience "x"; «scopes "read"» }}',
            "issuer": 'jwt «"https://b.example"|"https://a.example"» { audience "x" }',
        }
        if _protocol == "http"
        else dict.fromkeys(("audience", "scopes", "issuer"), f"«{TOKEN}|check»"),
    )
    add(_place, f"{_api}authorizer Callers …", {"scheme": "«other|check»"})

# --- bucket ---

add(
    "bucket",
    "bucket Files { … }",
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "versioning": "versioning",
        "lifecycle": "lifecycle { expire after 30d }",
        "lifecycle prefix": 'lifecycle «"tmp/*"» { expire after 30d }',
        "lifecycle expire": "lifecycle { abort-uploads after 7d; «expire after 30d» }",
        "lifecycle expire after": "lifecycle { expire after «31d|30d» }",
        "lifecycle to": "lifecycle { abort-uploads after 7d; «to GLACIER after 90d» }",
        "lifecycle to storage": "lifecycle { to «DEEP_ARCHIVE|GLACIER» after 90d }",
        "lifecycle to after": "lifecycle { to GLACIER after «91d|90d» }",
        "lifecycle abort-uploads": "lifecycle { expire after 30d; «abort-uploads after 7d» }",
        "lifecycle abort-uploads after": "lifecycle { abort-uploads after «8d|7d» }",
        "cors": "cors",
        "cors origins": 'cors { «origins "https://a.example"» }',
        "cors methods": "cors { «methods PUT» }",
        "cors headers": 'cors { «headers "x-a"» }',
        "cors expose": 'cors { «expose "x-a"» }',
        "cors max-age": "cors { «max-age 1h» }",
        "public": "public read",
        "website": "public read; tls off; «website»",
        "website index": 'public read; website «index "start.html"»',
        "website error": 'public read; website «error "404.html"»',
        'public from "address"': 'public from "203.0.113.0/24"',
        "encryption": "encryption kms",
        'encryption "key"': f'encryption "{KEY}"',
        "tls": "tls off",
        "account-namespace": "account-namespace",
        "keep": "keep off",
    },
)
add("bucket", "bucket Files { keep off; … }", {"name": 'name "files-of-mine"'})
add(
    "bucket",
    "bucket Files { versioning; … }",
    {
        "lifecycle noncurrent": "lifecycle { expire after 30d; «noncurrent after 7d» }",
        "lifecycle noncurrent after": "lifecycle { noncurrent after «8d|7d» }",
        "lifecycle noncurrent keep": "lifecycle { noncurrent after 7d «keep 3» }",
        "lifecycle noncurrent to": "lifecycle { noncurrent after 90d { «to GLACIER after 40d» } }",
        "lifecycle noncurrent to storage": "lifecycle { noncurrent after 90d { to «DEEP_ARCHIVE|GLACIER» after 40d } }",
        "lifecycle noncurrent to after": "lifecycle { noncurrent after 90d { to GLACIER after «41d|40d» } }",
    },
)
for _port in load("bucket").ports:
    add(
        f"bucket.{_port} ->",
        f"bucket Files\nqueue Q\ntopic T\nbus B\n{WORKER}\n…",
        {
            "to function": f"Files.{_port} -> f",
            "to queue": f"Files.{_port} -> Q",
            "to topic": f"Files.{_port} -> T",
            "to bus": f"Files.{_port} -> B",
            "keys": f'Files.{_port} «"in/*.jpg"» -> f',
            "where": f'Files.{_port} «where key starts-with "in/"» -> f',
        },
    )

# --- bus ---

add(
    "bus",
    "bus Shop { … }",
    {
        "name": 'name "shop"',
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "archive": "archive",
        "archive 30d": "archive «30d|on»",
    },
)
ENDS = f"queue Q\nqueue Fifo {{ fifo; dedup content }}\ntopic T\nstream S\nbus Other\n{WORKER}\n"
add(
    "bus ->",
    f"bus Shop\n{ENDS}…",
    {
        "to function": "Shop -> f",
        "to queue": "Shop -> Q",
        "to topic": "Shop -> T",
        "to stream": "Shop -> S",
        "to bus": "Shop -> Other",
        "where": 'Shop «where detail-type == "Placed"» -> f',
        "input": "Shop -> f { «input { a 1 }» }",
        "retries": "Shop -> f { «retries 5» }",
        "retries count": "Shop -> f { retries «6|5» }",
        "retries max-age": "Shop -> f { retries 5 «max-age 1h» }",
        "dead-letter": "Shop -> f { «dead-letter Q» }",
        "group": 'Shop -> Fifo { group «"b"|"a"» }',
        "partition": 'Shop -> S { «partition "$.detail.id"» }',
    },
)

# --- config ---

add("config", "config Limit …", {"value": "«11|10»"})
add("config", "config Limit 10 { … }", {"id": 'id "Other"', "tags": 'tags { team "store" }', "name": 'name "/limit"'})

# --- function ---

add(
    "function",
    f"{WORKER} {{ … }}",
    {
        "id": 'id "other"',
        "tags": 'tags { team "store" }',
        "name": 'name "worker"',
        "code": 'code "src"',
        "include": 'include "*.json"',
        "exclude": 'exclude "tests/**"',
        "runtime": "runtime python3.12",
        "memory": "memory 1GB",
        "timeout": "timeout 30s",
        "arch": "arch x86",
        "env": 'env { MODE "fast" }',
        "reserved": "reserved 5",
        "layers": 'layers "arn:aws:lambda:eu-west-1:123456789012:layer:l:1"',
        "log-retention": "log-retention 7d",
        "log-retention none": "log-retention none",
        "tracing": "tracing",
        "retries": "retries 1",
        "retries count": "retries «1|0»",
        "retries max-age": "retries 1 «max-age 1h»",
        "url": "url",
        "url auth": "url «public|iam»",
        "url cors": "url { «cors» }",
        "url cors origins": 'url { cors { «origins "https://a.example"» } }',
        "url cors methods": "url { cors { «methods PUT» } }",
        "url cors headers": 'url { cors { «headers "x-a"» } }',
        "url cors expose": 'url { cors { «expose "x-a"» } }',
        "url cors credentials": 'url { cors { origins "https://a.example"; «credentials» } }',
        "url cors max-age": "url { cors { «max-age 1h» } }",
        "url streaming": "url { «streaming» }",
        "role": 'role "arn:aws:iam::123456789012:role/r"',
        "storage": "storage 1GB",
        "log-format": "log-format json",
        "image": 'image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/repo:1"',
        "deploy": "deploy canary 10 percent every 5m",
        "deploy how": "deploy «linear|canary» 10 percent every 5m",
        "deploy share": "deploy canary «20|10» percent every 5m",
        "deploy percent": "deploy canary 10 «percent» every 5m",
        "deploy every": "deploy canary 10 percent «every 15m|every 5m»",
        "provisioned": "provisioned 5",
        **{word: word for word in load("function").later},
    },
)
add(
    "function",
    f'{WORKER} {{ … }}\nfunction try "a.t"\nalarm Errors where f.errors > 5',
    {
        "deploy rollback-on": "deploy canary 10 percent every 5m { «rollback-on Errors» }",
        "deploy before": "deploy canary 10 percent every 5m { after try; «before try» }",
        "deploy after": "deploy canary 10 percent every 5m { before try; «after try» }",
    },
)
add("function", "function f …", {"handler": '«"a.c"|"a.b"»'})
for _port in load("function").ports:
    add(
        f"function.{_port} ->",
        f'queue Q\ntopic T\nbus B\nfunction g "a.g"\n{WORKER}\n…',
        {
            "to function": f"f.{_port} -> g",
            "to queue": f"f.{_port} -> Q",
            "to topic": f"f.{_port} -> T",
            "to bus": f"f.{_port} -> B",
        },
    )

# --- layer ---

USES = 'function f "a.b" { layers Libs }'
add("layer", f"layer Libs …\n{USES}", {"code": '«"bad"|"tests"»'})
add("layer", f'layer Libs "tests" {{ … }}\n{USES}', {"id": 'id "Other"', "tags": 'tags { team "store" }', "name": 'name "libs"'})

# --- queue ---

add(
    "queue",
    "queue Jobs { … }",
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "name": 'name "jobs"',
        "visibility": "visibility 2m",
        "retention": "retention 7d",
        "dead-letter": "dead-letter after 3",
        "dead-letter after": "dead-letter after «3|4»",
        "dead-letter name": 'dead-letter after 3 { «name "failed"» }',
        "dead-letter retention": "dead-letter after 3 { «retention 7d» }",
        "fifo": "fifo",
        "dedup": "fifo; «dedup content»",
        "high-throughput": "fifo; «high-throughput»",
        "delay": "delay 5s",
        "wait": "wait 20s",
        "encryption": "encryption off",
        'encryption "key"': f'encryption "{KEY}"',
    },
)
add(
    "queue",
    "queue Failed\nqueue Jobs { … }",
    {"dead-letter queue": "dead-letter «Failed» after 3", "dead-letter as": "dead-letter after 3 { «as Failed» }"},
)
add("queue", f"queue Jobs {{ … }}\n{WORKER}\nJobs -> f", {"dead-letter none": "dead-letter none"})
for _port, _name in (("queue ->", "Jobs"), ("queue.dead-letter ->", "Jobs.dead-letter")):
    _open = f"queue Jobs {{ dead-letter after 3 }}\nqueue Q\ntopic T\nstream S\nbus B\n{WORKER}\n"
    add(
        _port,
        f"{_open}{_name} -> f {{ … }}",
        {"batch": "batch 5", "within": "within 5s", "concurrency": "concurrency 5"},
    )
    add(
        _port,
        f"{_open}…",
        {
            "where": f'{_name} «where kind == "a"» -> f',
            "to function": f"{_name} -> f",
            "to queue": f"{_name} -> Q",
            "to topic": f"{_name} -> T",
            "to stream": f"{_name} -> S",
            "to bus": f"{_name} -> B",
        },
    )

# --- resource ---

add(
    "resource",
    'topic Placed\nresource R "AWS::SNS::Topic" { cfn { DisplayName "r" }; terraform "aws_sns_topic" { display_name "r" }; … }',
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "name": 'name "r"',
        "after": "after Placed",
        "keep": "keep on",
    },
)
add(
    "resource",
    'resource R "AWS::SNS::Topic" { cfn { }; terraform "aws_sns_topic" { }; … }\noutput o R.Owner',
    {"attributes": 'attributes { Owner "arn" }'},
)
add("resource", 'resource R … { cfn { }; terraform "aws_sns_topic" { } }', {"type": '«"AWS::SQS::Queue"|"AWS::SNS::Topic"»'})

# --- secret ---

add(
    "secret",
    "secret Token { keep off; … }",
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "name": 'name "token"',
        "encryption": f'encryption "{KEY}"',
    },
)
add("secret", "secret Token { … }", {"keep": "keep off"})
add("secret", "param token { secret }\nsecret Token …", {"value": "token"})

# --- stream ---

add(
    "stream",
    "stream Clicks { … }",
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "name": 'name "clicks"',
        "shards": "shards 2",
        "retention": "retention 7d",
        "encryption": "encryption off",
        'encryption "key"': f'encryption "{KEY}"',
    },
)
for _place, _declared, _name, _test in (
    ("stream ->", "stream Clicks", "Clicks", 'kind == "a"'),
    ("table.stream ->", "table T { key id: string; stream new-and-old }", "T.stream", 'eventName == "INSERT"'),
    ("table.expired ->", "table T { key id: string; stream new-and-old; ttl at }", "T.expired", 'old.kind == "a"'),
):
    _open = f"{_declared}\nqueue Q\ntopic P\nstream S\nbus B\n{WORKER}\n"
    add(
        _place,
        f"{_open}{_name} -> f {{ … }}",
        {
            "batch": "batch 5",
            "within": "within 5s",
            "start": "start latest",
            "retries": "retries 5",
            "retries none": "retries none",
            "bisect": "bisect off",
            "parallel": "parallel 2",
            "dead-letter": "dead-letter Q",
            "max-age": "max-age 1h",
        },
    )
    add(
        _place,
        f"{_open}…",
        {
            "where": f"{_name} «where {_test}» -> f",
            "to function": f"{_name} -> f",
            "to queue": f"{_name} -> Q",
            "to topic": f"{_name} -> P",
            "to stream": f"{_name} -> S",
            "to bus": f"{_name} -> B",
        },
    )

# --- table ---

add(
    "table",
    "table T { key id: string; … }",
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "index": "index byName { key name: string }",
        "index name": "index «byName|byNames» { key name: string }",
        "index key": "index byName { key «name: string, at: number|name: string» }",
        "index project": "index byName { key name: string; «project keys» }",
        "index project name": "index byName { key name: string; project «title|keys» }",
        "ttl": "ttl at",
        "stream": "stream new",
        "stream-arn": 'stream-arn "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/s"',
        "billing": "billing provisioned read 5 write 5",
        "billing mode": "billing «provisioned read 5 write 5|on-demand»",
        "billing read": "billing provisioned read «5|6» write 5",
        "billing write": "billing provisioned read 5 write «5|6»",
        "backup": "backup off",
        "encryption": "encryption kms",
        'encryption "key"': f'encryption "{KEY}"',
        "keep": "keep off",
    },
)
add("table", "table T { key id: string; keep off; … }", {"name": 'name "things"'})
add("table", "table T { … }", {"key": "key «id: string, at: number|id: string»"})
add(
    "table",
    "table T { key id: string, at: number; … }",
    {
        "local-index": "local-index byName { key name: string }",
        "local-index name": "local-index «byName|byNames» { key name: string }",
        "local-index key": "local-index byName { key «name: number|name: string» }",
        "local-index project": "local-index byName { key name: string; «project keys» }",
    },
)

# --- topic ---

add(
    "topic",
    "topic Placed { … }",
    {
        "id": 'id "Other"',
        "tags": 'tags { team "store" }',
        "name": 'name "placed"',
        "fifo": "fifo",
        "dedup": "fifo; «dedup content»",
        "encryption": "encryption kms",
        'encryption "key"': f'encryption "{KEY}"',
        "allow-from": 'allow-from "210987654321"',
    },
)
add(
    "topic ->",
    f"topic Placed\nqueue Q\n{WORKER}\n…",
    {
        "to function": "Placed -> f",
        "to queue": "Placed -> Q",
        "to email": 'Placed -> "mailto:a@example.com"',
        "to https": 'Placed -> "https://a.example"',
        "where": 'Placed «where kind == "a"» -> f',
        "where attributes.kind": 'Placed «where attributes.kind == "a"» -> f',
        "raw": 'Placed -> "https://a.example" { «raw» }',
        "dead-letter": "Placed -> f { «dead-letter Q» }",
    },
)

# --- schedules ---

add(
    "every ->",
    f"{ENDS}…",
    {
        "to function": "every 1h -> f",
        "to queue": "every 1h -> Q",
        "to topic": "every 1h -> T",
        "to stream": 'every 1h -> S { partition "a" }',
        "to bus": "every 1h -> Other",
        "every": "every «2h|1h» -> f",
        "cron": '«cron "0 9 ? * MON-FRI *"|every 1h» -> f',
        "at": '«at "2027-01-01T00:00"|every 1h» -> f',
        "timezone": 'cron "0 9 * * ? *" «timezone "Asia/Tokyo"» -> f',
        "input": "every 1h -> f { «input { a 1 }» }",
        "enabled": "every 1h -> f { «enabled off» }",
        "retries": "every 1h -> f { «retries 5» }",
        "retries count": "every 1h -> f { retries «6|5» }",
        "retries max-age": "every 1h -> f { retries 5 «max-age 2h» }",
        "dead-letter": "every 1h -> f { «dead-letter Q» }",
        "group": 'every 1h -> Fifo { group «"b"|"a"» }',
        "partition": 'every 1h -> S { partition «"b"|"a"» }',
        "source": 'every 1h -> Other { «source "shop"» }',
        "detail-type": 'every 1h -> Other { «detail-type "Hour"» }',
    },
)

# --- verbs ---

HOLDER = "a function's verbs"
DECLARED = {
    "api": "api N { authorizer iam; GET / -> g }",
    "bucket": "bucket N",
    "bus": "bus N",
    "config": "config N 10",
    "function": 'function N "a.b" { runtime python3.14 }',
    "queue": "queue N",
    "secret": "param t { secret }\nsecret N t",
    "stream": "stream N",
    "table": "table N { key id: string }",
    "topic": "topic N",
}
for _kind in kinds():
    for _verb in load(_kind).verbs:
        add(HOLDER, f'function g "a.g"\n{DECLARED[_kind]}\n{WORKER} {{ … }}', {f"{_verb} {_kind}": f"{_verb} N"})
add(
    HOLDER,
    f"bucket Files\nqueue Jobs {{ dead-letter after 3 }}\n{WORKER} {{ … }}",
    {
        'reads Name "keys/*"': 'reads Files «"in/*"»',
        "reads Name as OTHER": "reads Files «as OTHER»",
        "sends Name.dead-letter": "sends Jobs.dead-letter",
        'allow "action" on "arn"': 'allow "ses:SendEmail" on "arn:aws:ses:eu-west-1:123456789012:identity/a"',
        "allow … because": 'allow "ses:SendEmail" on "*" «because "words"»',
        "allow … condition": 'allow "ses:SendEmail" on "*" because "words" { «condition { Bool { "aws:SecureTransport" "true" } }» }',
        "allow managed": 'allow managed "CloudWatchLambdaInsightsExecutionRolePolicy"',
    },
)

# --- externs ---

EXTERNS = {
    "api": ('api N …\nfunction f "a.b" { calls N; env { URL N.url } }', "abc123", "arn:aws:execute-api:eu-west-1:123456789012:abc999"),
    "bucket": ('bucket N …\nfunction f "a.b" { reads N }', "files", "arn:aws:s3:::files2"),
    "bus": ('bus N …\nfunction f "a.b"\nN -> f', "shop", "arn:aws:events:eu-west-1:123456789012:event-bus/shop2"),
    "config": ('config N …\nfunction f "a.b" { reads N }', "/limit", "arn:aws:ssm:eu-west-1:123456789012:parameter/limit2"),
    "function": ('function N …\nfunction f "a.b" { calls N }', "resize", "arn:aws:lambda:eu-west-1:123456789012:function:resize2"),
    "queue": ('queue N …\nfunction f "a.b"\nN -> f', "jobs", "arn:aws:sqs:eu-west-1:123456789012:jobs2"),
    "secret": ('secret N …\nfunction f "a.b" { reads N }', "token", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-abcdef"),
    "stream": ('stream N …\nfunction f "a.b"\nN -> f', "clicks", "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks2"),
    "table": ('table N …\nfunction f "a.b" { reads N }', "things", "arn:aws:dynamodb:eu-west-1:123456789012:table/things2"),
    "topic": ('topic N …\nfunction f "a.b"\nN -> f', "placed", "arn:aws:sns:eu-west-1:123456789012:placed2"),
}
for _kind, (_text, _name, _arn) in EXTERNS.items():
    _other = "abc999" if _kind == "api" else f"{_name}2"
    add(
        f"extern {_kind}",
        f"param p\nextern {_text}",
        {
            '"name"': f'«"{_other}"|"{_name}"»',
            '"arn:…"': f'«"{_arn}"|"{_name}"»',
            "{ name param }": f'«{{ name "{"/" if _kind == "config" else ""}${{p}}" }}|"{_name}"»',
            "{ arn param }": f'«{{ arn p }}|"{_name}"»',
            "{ arn ssm }": f'«{{ arn ssm "/there" }}|"{_name}"»',
            "{ arn exported }": f'«{{ arn exported "there" }}|"{_name}"»',
        },
    )
_QUEUE = f'extern queue N "jobs" {{ … }}\nbus B\ntopic T {{ fifo }}\n{WORKER}'
add("extern queue", f'{_QUEUE}\nB -> N {{ group "a" }}', {"fifo": "fifo"})
add("extern queue", f"{_QUEUE}\nN -> f", {"encryption": f'encryption "{KEY}"'})
add("extern topic", 'extern topic N "placed" { … }\nqueue Q { fifo }\nN -> Q', {"fifo": "fifo"})
add("extern topic", 'extern topic N "placed" { … }\nfunction f "a.b" { publishes N }', {"encryption": f'encryption "{KEY}"'})
for _kind in ("bucket", "secret", "table"):
    add(
        f"extern {_kind}",
        f'extern {_kind} N "things" {{ … }}\nfunction f "a.b" {{ reads N }}',
        {"encryption": f'encryption "{KEY}"'},
    )
add("extern stream", f'extern stream N "clicks" {{ … }}\n{WORKER}\nN -> f', {"encryption": f'encryption "{KEY}"'})
_TABLE = 'extern table N "things" { stream-arn "arn:aws:dynamodb:eu-west-1:123456789012:table/things/stream/s"; … }\nfunction f "a.b" { reads N }'
add(
    "extern table",
    _TABLE,
    {"index": "index byName { key name: string }", "local-index": "local-index byName { key name: string }"},
)
add("extern table", f"{_TABLE}\nN.stream where new.id exists -> f", {"key": "key id: string"})
add("extern table", f'{_TABLE}\nN.stream where new.kind == "a" -> f', {"stream": "stream old"})
add(
    "extern table",
    f'extern table N "things" {{ … }}\n{WORKER}\nN.stream -> f',
    {"stream-arn": 'stream-arn «"arn:aws:dynamodb:eu-west-1:123456789012:table/things/stream/s"|ssm "/arn"»'},
)
_API = 'extern api N "abc123" { … }\nfunction f "a.b" { env { URL N.url; ARN N.arn } }'
add("extern api", _API, {"protocol": 'protocol rest; stage "prod"', "stage": 'stage "prod"', "root": 'root "abc"'})
add("extern api", f'extern api N "abc123" {{ …\nGET /a -> f }}\n{WORKER}', {"authorizer": "authorizer iam"})

# --- what this release does not build ---

LATER = "a later release"
add(
    LATER,
    "queue Jobs\n…",
    {word: f"{word} Name" if word != "use" else "use Pair Name" for word in STATEMENTS},
)
add(LATER, "queue Jobs\n…", {"when": 'param p "a"\ntopic T «when p == "a"»'})

# --- declarations ---

MADE = "a declaration's name"
for _kind, _text in DECLARED.items():
    _first, _, _rest = _text.rpartition("\n")
    add(MADE, f'{_first}\nfunction g "a.g"\n…', {_kind: _rest if _kind != "api" else _text})

# --- what the page does not show ---

# A declaration that has every part that may be laid over.
PARTS = {
    "api": f"api N {{ authorizer f; logs; GET /a -> f; … }}\n{WORKER}",
    f"api{REST}": "api N { protocol rest; authorizer f; cors; logs; "
    f'GET /a -> f {{ schema file "bad/order.schema.json" }}; … }}\n{WORKER}',
    "bucket": "bucket N { … }",
    "bus": "bus N { archive; … }",
    "function": 'function N "a.b" { url public; retries 1; deploy canary 10 percent every 5m; … }',
    "queue": "queue N { dead-letter after 3; … }\nbus B\nB -> N",
    "topic": 'topic N { allow-from "210987654321"; … }',
}
# One that has every attribute.
OFFERING = {
    **DECLARED,
    "bucket": "bucket N { website; public read }",
    "function": 'function N "a.b" { url }',
    "queue": "queue N { dead-letter after 3 }",
    "table": "table N { key id: string; stream new }",
}
