/** The page of the guides that says what the AWS endpoint answers, from the table the endpoint itself uses. */
import { SERVICES } from "../../simulator/endpoint/services/index.ts";

export function endpointPage(): string {
  const rows = SERVICES.flatMap(({ name, operations }) =>
    operations.map(
      ({ schema, changes, note }) => `| ${name} | ${schema[2]} | ${changes ? "writes" : "reads"} | ${note} |`,
    ),
  );
  return `# The AWS endpoint of the simulated cloud

Unmodified AWS SDKs and the AWS CLI talk to the simulated cloud over HTTP on loopback, on the same objects that Pulumi
programs make there. \`startCloud().environment\` has \`AWS_ENDPOINT_URL\` and a made-up key; any command gets them by

    npx causeway cloud run -- aws elbv2 describe-load-balancers

A request has to be signed, with any key; the signature is not checked, and the region is the one it names. A key that AWS
could have issued is refused: what is meant for AWS never runs here. Errors carry AWS's codes, so the SDK's error classes
come out. What is not in the table is refused as \`NotImplemented\`.

A weight that \`ModifyRule\` sets is what \`causeway cloud serve\` routes by, what a refresh finds, and what a program's
look-up of the rule reads. Parameters and items of tables are on disk before the answer leaves.

The page is written by \`UPDATE_DOCS=1 npx jest test/simulator/endpoint.process.test.ts\`.

| service | operation | | differs from AWS |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}
