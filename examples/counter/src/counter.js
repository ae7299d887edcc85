// A count for each user. A new value and its line in the history are written together or not at all.
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } = require("@aws-sdk/lib-dynamodb");

const { COUNTS_TABLE, HISTORY_TABLE } = process.env;
const TRIES = 5;

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient());

exports.get = async (event) => {
  const found = await read(event.pathParameters.user);
  return found ? reply(200, found) : reply(404, { error: "nothing was counted for this user" });
};

exports.put = async (event) => {
  const user = event.pathParameters.user;
  const count = countIn(event);
  if (count === undefined) return reply(400, { error: "the body is { \"count\": a whole number from 0 }" });
  for (let tries = 0; tries < TRIES; tries++) {
    const old = await read(user);
    const now = { user, count, version: (old?.version ?? 0) + 1 };
    if (await write(now, old)) return reply(200, now);
  }
  return reply(409, { error: "others are changing this count; try again" });
};

exports.history = async (event) => {
  const lines = [];
  let start;
  do {
    const page = await dynamodb.send(new QueryCommand({
      TableName: HISTORY_TABLE,
      KeyConditionExpression: "#user = :user",
      ExpressionAttributeNames: { "#user": "user" },
      ExpressionAttributeValues: { ":user": event.pathParameters.user },
      ExclusiveStartKey: start,
    }));
    lines.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start);
  return reply(200, { history: lines });
};

async function read(user) {
  const { Item } = await dynamodb.send(new GetCommand({ TableName: COUNTS_TABLE, Key: { user }, ConsistentRead: true }));
  return Item;
}

// False if someone else wrote this version in the meantime: then neither table has changed.
async function write(now, old) {
  const line = { ...now, from: old?.count ?? 0, changedAt: new Date().toISOString() };
  try {
    await dynamodb.send(new TransactWriteCommand({
      TransactItems: [
        {
          Put: {
            TableName: COUNTS_TABLE,
            Item: now,
            ...(old
              ? { ConditionExpression: "version = :old", ExpressionAttributeValues: { ":old": old.version } }
              : { ConditionExpression: "attribute_not_exists(version)" }),
          },
        },
        { Put: { TableName: HISTORY_TABLE, Item: line, ConditionExpression: "attribute_not_exists(version)" } },
      ],
    }));
    return true;
  } catch (error) {
    const lost = (error.CancellationReasons ?? []).some(({ Code }) =>
      Code === "ConditionalCheckFailed" || Code === "TransactionConflict");
    if (lost) return false;
    throw error;
  }
}

// The count in the request's body, or undefined when there is none that makes sense.
function countIn(event) {
  try {
    const body = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body;
    const { count } = JSON.parse(body);
    return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
  } catch {
    return undefined;
  }
}

function reply(statusCode, body) {
  return { statusCode, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}
