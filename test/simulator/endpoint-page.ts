/** The page of the guides that says what the AWS endpoint answers, from the table the endpoint itself uses. */
import { SERVICES } from "../../simulator/endpoint/services/index.ts";
import { CALLS } from "./endpoint-moto/calls.ts";
import { DIFFERENCES, type Difference } from "./endpoint-moto/differences.ts";

export function endpointPage(): string {
  const rows = SERVICES.flatMap(({ name, operations }) =>
    operations.map(
      ({ schema, changes, note }) => `| ${name} | ${schema[2]} | ${changes ? "writes" : "reads"} | ${note} |`,
    ),
  );
  const operations = new Set(CALLS.map(({ name }) => name.split(" ").slice(0, 2).join(" ")));
  const groups = new Map<string, Difference[]>();
  for (const one of DIFFERENCES) {
    const key = `${one.call} ${one.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const differences = [...groups.values()].map(
    (same) => `| ${same[0]?.call} | ${same.map(({ line }) => `\`${line}\``).join(", ")} | ${same[0]?.reason} |`,
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
A configuration that \`StartDeployment\` rolls out reaches clients by the steps of its strategy, in real time.

The page is written by \`UPDATE_DOCS=1 npx jest test/simulator/endpoint.process.test.ts\`.

| service | operation | | differs from AWS |
| --- | --- | --- | --- |
${rows.join("\n")}

## Beside moto

[moto](https://github.com/getmoto/moto) answers the same APIs and was written by others. A test makes ${CALLS.length} calls of ${operations.size}
operations, right and wrong ones, with the same clients to both, and compares the members of the answers, their types and
the error codes. What differs, and why:

| call | only here (+), only in moto (-), or not alike (~) | reason |
| --- | --- | --- |
${differences.join("\n")}
`;
}
