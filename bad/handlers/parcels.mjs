import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";

const parcels = DynamoDBDocumentClient.from(new DynamoDBClient());
const TableName = process.env.PARCELS_TABLE;

export const list = async ({ order }) =>
  parcels.send(new QueryCommand({ TableName, KeyConditionExpression: "id = :id", ExpressionAttributeValues: { ":id": order } }));

export const cancel = async ({ id }) => parcels.send(new DeleteCommand({ TableName, Key: { id } }));
