/** A function behind an HTTP API, with code from memory and from a closure, and random values where secrets go. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "./random.ts";

const password = new random.RandomPassword("password", { length: 24, minSpecial: 2 });
const suffix = new random.RandomPet("suffix");
const parameter = new aws.ssm.Parameter("password", {
  name: pulumi.interpolate`/app/${suffix.id}/password`,
  type: "SecureString",
  value: password.result,
});
const table = new aws.dynamodb.Table("counter", {
  attributes: [{ name: "id", type: "S" }],
  hashKey: "id",
  billingMode: "PAY_PER_REQUEST",
});
const role = new aws.iam.Role("api", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
  managedPolicyArns: [aws.iam.ManagedPolicy.AWSLambdaBasicExecutionRole],
});
const handler = new aws.lambda.Function("api", {
  role: role.arn,
  runtime: "nodejs22.x",
  handler: "index.handler",
  code: new pulumi.asset.AssetArchive({
    "index.js": new pulumi.asset.StringAsset("exports.handler = async () => ({ statusCode: 200 });"),
  }),
  environment: { variables: { TABLE: table.name, PASSWORD: parameter.name } },
});
const api = new aws.apigatewayv2.Api("api", { protocolType: "HTTP", target: handler.arn });
new aws.lambda.Permission("api", {
  action: "lambda:InvokeFunction",
  function: handler.name,
  principal: "apigateway.amazonaws.com",
  sourceArn: pulumi.interpolate`${api.executionArn}/*/*`,
});
const queue = new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 180 });
queue.onEvent("job", async (event) => console.log(event.Records.length));

export const endpoint = api.apiEndpoint;
export const secret = password.result;
export const petName = suffix.id;
