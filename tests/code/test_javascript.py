"""Calls of the AWS SDKs in JavaScript and TypeScript: what is called, and what tells the resource."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifc.code.calls import Reading
from ifc.code.javascript import Scripts, reading
from ifc.code.script import Script
from ifc.exports import stripped
from tests.code.test_python import shown


def read(folder: Path, files: dict[str, str], function: str = "handler") -> Reading | None:
    """What a function of the first file does."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    scripts = Scripts(str(folder))
    script = scripts.script(str(folder / next(iter(files))))
    assert script is not None
    return reading(script, function, scripts)


def calls(folder: Path, text: str, name: str = "app.js", function: str = "handler") -> list[str]:
    """The calls of one file as `service:Operation place`, each once."""
    found = read(folder, {name: text}, function)
    assert found is not None
    return list(dict.fromkeys(f"{c.service}:{c.operation} {shown(c.place)}" for c in found.calls))


V3 = 'import { S3Client, PutObjectCommand, CopyObjectCommand } from "@aws-sdk/client-s3";\n'
DOCUMENTS = 'const { DynamoDBDocumentClient, PutCommand, TransactWriteCommand, BatchWriteCommand } = require("@aws-sdk/lib-dynamodb");\n'
V2 = 'const AWS = require("aws-sdk");\n'
# What stands in public handlers, each shape once, written anew.
SHAPES = {
    "command": (V3 + """
        const s3 = new S3Client();
        export const handler = async (event) => s3.send(new PutObjectCommand({ Bucket: process.env.B, Key: "k" }));
        """, ["s3:PutObject $B"]),
    "name of the module": (DOCUMENTS + """
        const TableName = process.env.T;
        exports.handler = async () => { await db.send(new PutCommand({ TableName, Item: {} })); };
        """, ["dynamodb:PutItem $T"]),
    "names taken out of the environment": (DOCUMENTS + """
        const { ORDERS: orders, OTHER } = process.env
        module.exports.handler = async () => { await db.send(new PutCommand({ TableName: orders })) }
        """, ["dynamodb:PutItem $ORDERS"]),
    "quoted variable, type, and what it falls back to": (V3 + """
        const a = process.env["A"] as string;
        const b: string = process.env.B ?? "b";
        export async function handler(event: any): Promise<void> {
            await s3.send(new PutObjectCommand({ Bucket: a! }));
            await s3.send(new PutObjectCommand({ Bucket: b }));
        }
        """, ["s3:PutObject $A", "s3:PutObject $B"]),
    "arguments in an object": (V2 + """
        const sqs = new AWS.SQS({ apiVersion: "2012-11-05" })
        exports.handler = async () => {
            const shared = { QueueUrl: process.env.Q }
            const params = { ...shared, MessageBody: "" }
            await sqs.sendMessage(params).promise()
        }
        """, ["sqs:SendMessage $Q"]),
    "DocumentClient": (V2 + """
        const db = new AWS.DynamoDB.DocumentClient();
        exports.handler = (event, context, done) => { db.put({ TableName: process.env.T }, done); };
        """, ["dynamodb:PutItem $T"]),
    "client of one service": ("""
        import { DocumentClient } from "aws-sdk/clients/dynamodb";
        import S3 from "aws-sdk/clients/s3";
        const db = new DocumentClient(), s3 = new S3();
        export const handler = async () => { await db.scan({ TableName: "t" }).promise(); await s3.upload({ Bucket: "b" }).promise(); };
        """, ["dynamodb:Scan t", "s3:PutObject b"]),
    "traced client": ("""
        const AWSXRay = require("aws-xray-sdk-core");
        const AWS = AWSXRay.captureAWS(require("aws-sdk"));
        const sns = AWSXRay.captureAWSClient(new AWS.SNS());
        exports.handler = async () => sns.publish({ TopicArn: process.env.A }).promise();
        """, ["sns:Publish $A"]),
    "client made in place": (V2 + """
        exports.handler = async () => new AWS.StepFunctions().startExecution({ stateMachineArn: process.env.M }).promise();
        """, ["stepfunctions:StartExecution $M"]),
    "client made by a function": (V2 + """
        function connect() { return new AWS.DynamoDB.DocumentClient({ region: "eu-west-1" }); }
        const db = connect();
        exports.handler = async () => db.get({ TableName: process.env.T }).promise();
        """, ["dynamodb:GetItem $T"]),
    "client of all methods": ("""
        import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
        import { DynamoDB } from "@aws-sdk/client-dynamodb";
        const db = DynamoDBDocument.from(new DynamoDB({}));
        const plain = new DynamoDB({});
        export const handler = async () => { await db.put({ TableName: "a" }); await plain.deleteItem({ TableName: "b" }); };
        """, ["dynamodb:PutItem a", "dynamodb:DeleteItem b"]),
    "wrapped handler": (V3 + """
        import middy from "@middy/core";
        const put = async () => { await s3.send(new PutObjectCommand({ Bucket: "b" })); };
        const wrapped = middy(put);
        wrapped.use(logging());
        export const handler = wrapped;
        """, ["s3:PutObject b"]),
    "handler of an object": (V3 + """
        module.exports = { handler: async () => { await s3.send(new PutObjectCommand({ Bucket: "a" })); },
                           other: async () => { await s3.send(new PutObjectCommand({ Bucket: "b" })); } };
        """, ["s3:PutObject a"]),
    "class": (V3 + """
        class Store {
            private readonly name = process.env.B;
            constructor(private s3: S3Client) {}
            async save(): Promise<void> { await this.s3.send(new PutObjectCommand({ Bucket: this.name })); }
            async drop() { await this.s3.send(new PutObjectCommand({ Bucket: "dropped" })); }
        }
        const store = new Store(new S3Client({}));
        export const handler = async () => { await store.save(); };
        """, ["s3:PutObject $B"]),
    "typed parameter": (V2 + """
        import { DocumentClient } from "aws-sdk/clients/dynamodb";
        const write = async (db: DocumentClient, id: string) => { await db.put({ TableName: process.env.T }).promise(); };
        export const handler = async () => write(new DocumentClient(), "1");
        """, ["dynamodb:PutItem $T"]),
    "transaction": (DOCUMENTS + """
        exports.handler = async () => db.send(new TransactWriteCommand({ TransactItems: [
            { Put: { TableName: process.env.A, Item: {} } }, { Delete: { TableName: process.env.B, Key: {} } } ] }));
        """, ["dynamodb:DeleteItem $B", "dynamodb:PutItem $A"]),
    "transaction made elsewhere": (DOCUMENTS + """
        exports.handler = async (event) => db.send(new TransactWriteCommand({ TransactItems: event.items.map(made) }));
        """, ["dynamodb:TransactWriteItems ?"]),
    "batch by tables": (DOCUMENTS + """
        exports.handler = async () => db.send(new BatchWriteCommand({ RequestItems: { [process.env.A]: [], orders: [] } }));
        """, ["dynamodb:BatchWriteItem orders", "dynamodb:BatchWriteItem $A"]),
    "events to a bus, and to the default one": ("""
        import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
        export const handler = async () => new EventBridgeClient().send(new PutEventsCommand({ Entries: [
            { EventBusName: process.env.E, Detail: "" }, { Detail: "" } ] }));
        """, ["events:PutEvents default", "events:PutEvents $E"]),
    "paginator, waiter, upload and form": ("""
        import { paginateListObjectsV2, waitUntilObjectExists } from "@aws-sdk/client-s3";
        import { Upload } from "@aws-sdk/lib-storage";
        import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
        export const handler = async () => {
            for await (const page of paginateListObjectsV2({ client }, { Bucket: "a" })) use(page);
            await waitUntilObjectExists({ client, maxWaitTime: 9 }, { Bucket: "b" });
            await new Upload({ client, params: { Bucket: "c" } }).done();
            await createPresignedPost(client, { Bucket: "d" });
        };
        """, ["s3:ListObjectsV2 a", "s3:HeadObject b", "s3:PutObject c", "s3:PutObject d"]),
    "signed address": (V2 + """
        const s3 = new AWS.S3();
        exports.handler = async () => s3.getSignedUrlPromise("putObject", { Bucket: process.env.B });
        """, ["s3:PutObject $B"]),
    "behind comments": (V2 + """
        /* several
           lines */
        const s3 = new AWS.S3(); // s3.deleteObject({})
        exports.handler = async () => { const text = "s3.getObject({})"; await s3.putObject({ Bucket: "b" }).promise(); };
        """, ["s3:PutObject b"]),
    "name that an inner one hides": (V2 + """
        const name = process.env.A, sqs = new AWS.SQS();
        const send = async (name) => sqs.sendMessage({ QueueUrl: name }).promise();
        exports.handler = async () => send("q");
        """, ["sqs:SendMessage ?"]),
}  # fmt: skip
SILENT = {
    "other credentials": V2
    + 'const s3 = new AWS.S3({ accessKeyId: "a", secretAccessKey: "b" }); exports.handler = async () => s3.getObject({}).promise();',
    "another place": V3
    + 'const s3 = new S3Client({ endpoint: process.env.E }); export const handler = () => s3.send(new PutObjectCommand({ Bucket: "b" }));',
    "a function that this handler doesn't reach": V2
    + """
        const s3 = new AWS.S3();
        exports.other = async () => s3.getObject({ Bucket: "b" }).promise();
        exports.handler = async () => ({});
    """,
    "another wrapped handler": V3
    + """
        const put = async () => s3.send(new PutObjectCommand({ Bucket: "b" }));
        export const other = middy(put);
        export const handler = middy(async () => ({}));
    """,
    "a command that is only imported": V3 + "export const handler = async () => ({});",
    "a class that isn't used": V3
    + 'class Store { save() { return s3.send(new PutObjectCommand({ Bucket: "b" })); } }\nexport const handler = async (e) => e.save();',
    "a method with a name that many have": V3
    + """
        class Store { get() { return s3.send(new PutObjectCommand({ Bucket: "b" })); } drop() {} }
        const store = new Store();
        export const handler = async (event) => { store.drop(); return new Map(event).get("a"); };
    """,
    "a name that stands for two clients": V2
    + """
        let client = new AWS.SNS();
        client = new AWS.SQS();
        exports.handler = async () => client.publish({}).promise();
    """,
    "a phone": V2 + 'const sns = new AWS.SNS(); exports.handler = async () => sns.publish({ PhoneNumber: "1" }).promise();',
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str, tmp_path: Path) -> None:
    """A call is found with its operation, and with what tells the resource."""
    text, expected = SHAPES[name]
    assert sorted(calls(tmp_path, textwrap.dedent(text))) == sorted(expected)


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str, tmp_path: Path) -> None:
    """What isn't certain is no call."""
    assert calls(tmp_path, SILENT[name]) == []


def test_own_modules(tmp_path: Path) -> None:
    """Calls are followed into files of the code folder, by every way of importing them, and each is told at its own line."""
    files = {
        "src/app.ts": """
            /* the
               handler */
            import { save as keep } from "./store";
            import * as mail from "./mail.js";
            import tell from "../lib/tell";
            import { Config } from "./config";
            export const handler = async () => { await keep(); await mail.send(); await tell(); };
        """,
        "src/store/index.ts": 'export { save } from "./saving";',
        "src/store/saving.ts": """
            import { s3 } from "../clients";
            import { NAMES } from "../config";
            // a comment

            export async function save() { await s3.putObject({ Bucket: NAMES.bucket }).promise(); }
            export async function drop() { await s3.deleteObject({ Bucket: NAMES.bucket }).promise(); }
        """,
        "src/clients.ts": 'import { S3 } from "aws-sdk";\nexport const s3 = new S3();\n',
        "src/config.ts": "export const NAMES = { bucket: process.env.B, other: 1 };\n",
        "src/mail.ts": """
            import { SESClient, SendEmailCommand } from "@aws-sdk/client-ses";
            const send = async () => new SESClient().send(new SendEmailCommand({}));
            export { send };
        """,
        "lib/tell.js": """
            const AWS = require("aws-sdk");
            const sns = new AWS.SNS();
            const TOPIC = process.env.TOPIC;
            module.exports = async () => sns.publish({ TopicArn: TOPIC }).promise();
        """,
    }
    found = read(tmp_path, files)
    assert found is not None
    told = [(str(Path(c.path).relative_to(tmp_path)), c.line, c.operation, shown(c.place)) for c in found.calls]
    assert told == [
        ("lib/tell.js", 5, "Publish", "$TOPIC"),
        ("src/mail.ts", 3, "SendEmail", "?"),
        ("src/store/saving.ts", 6, "PutObject", "$B"),
    ]
    assert not found.open


def test_words_are_of_what_is_reached(tmp_path: Path) -> None:
    """A handler says what its own functions say: not what others do, nor what is only imported or taken out of the environment."""
    text = """
        const { PutCommand, GetCommand } = require("@aws-sdk/lib-dynamodb");
        const { USED, UNUSED } = process.env;
        exports.other = () => new PutCommand({ TableName: UNUSED });
        exports.handler = () => new GetCommand({ TableName: USED });
    """
    found = read(tmp_path, {"app.js": text})
    assert found is not None
    assert {"GetCommand", "getcommand", "USED"} <= found.words
    assert not {"PutCommand", "UNUSED", "other"} & found.words


@pytest.mark.parametrize("text", ['require("dynamoose");', "require(name);", "import './gone';", "db[name]();", "eval('1');"])
def test_open(text: str, tmp_path: Path) -> None:
    """A package of others, a file that isn't there, and names made while the code runs leave open what is called."""
    found = read(tmp_path, {"app.js": f"{text}\nexports.handler = async () => 1;\n"})
    assert found is not None
    assert found.open


def test_odd_files(tmp_path: Path) -> None:
    """Files that link or lead to themselves end; a path out of the code folder is not followed."""
    (tmp_path / "code").mkdir()
    (tmp_path / "out.js").write_text("exports.send = () => new (require('aws-sdk').SQS)().sendMessage({});\n")
    (tmp_path / "code" / "round").symlink_to(".")
    (tmp_path / "code" / "loop.js").symlink_to("loop.js")
    text = 'const a = require("./app"), b = require("./round/round/app"), c = require("./loop"), d = require("../out");\n'
    found = read(tmp_path / "code", {"app.js": text + "exports.handler = async () => d.send(a.handler(), b.handler(), c.x());\n"})
    assert found is not None
    assert found.calls == ()


PIECES = st.sampled_from(
    [
        *("{", "}", "(", ")", "[", "]", ";", "\n", ",", "=", "=>", ".", "...", ":", "?", "`", "${", '"', "'", "/", "//", "/*", "*/", " "),
        *(
            "const ",
            "export ",
            "default ",
            "function ",
            "class ",
            "async ",
            "new ",
            "import ",
            "from ",
            "require(",
            "module.exports",
            "exports.",
        ),
        *(
            "handler",
            "AWS",
            "S3",
            "s3",
            "'aws-sdk'",
            '"@aws-sdk/client-s3"',
            "PutObjectCommand",
            "process.env",
            "Bucket",
            "this",
            "extends",
            "as",
        ),
    ]
)
STARTS = st.sampled_from(["", V2, V3, DOCUMENTS, *(text for text, _ in SHAPES.values())])


@settings(max_examples=300, deadline=None)
@given(STARTS, st.integers(0, 400), st.lists(PIECES, max_size=25).map("".join), st.text(max_size=20))
def test_any_text(start: str, cut: int, middle: str, end: str) -> None:
    """Whatever the text is, nothing is raised, and what is told is told again."""
    told = []
    for text in [f"{start[:cut]}{middle}{end}{start[cut:]}"] * 2:
        code = stripped(text)
        scripts = Scripts("/nowhere")
        script = Script("/nowhere/app.js", text, code) if code is not None else None
        found = reading(script, "handler", scripts) if script is not None else None
        told.append(found and [vars(call) for call in found.calls])
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "{" * 20_000 + "}" * 20_000, "new S3(" * 3000 + ")" * 3000, "const a = b;" * 9000, "x.y(" * 5000 + ")" * 5000]
)
def test_large_text_is_read_fast(text: str) -> None:
    """Long and deep scripts end (a pattern that tries too much would not, within the time that tests have)."""
    full = V2 + text + "\nconst s3 = new AWS.S3(); exports.handler = async () => s3.getObject({ Bucket: 'b' });"
    code = stripped(full)
    assert code is not None
    found = reading(Script("/nowhere/app.js", full, code), "handler", Scripts("/nowhere"))
    assert found is None or found.calls is not None
