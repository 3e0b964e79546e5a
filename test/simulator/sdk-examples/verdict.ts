/** Whether what stops an example would stop it on AWS too. */
import type { Run } from "./run.ts";

export type Verdict =
  | { readonly kind: "created" }
  /** Refused as AWS, the provider or the engine would refuse it; `why` in a few words. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };

/** What the example asks for in vain. `named`: a refusal counts only where what it names is written in the example. */
const MISSING: readonly { readonly message: RegExp; readonly why: string; readonly named: boolean }[] = [
  { message: /^failed to open asset file|^ENOENT: no such file/, why: "a file that is not there", named: true },
  { message: /^Missing required configuration/, why: "a configuration value that is not given", named: false },
  // A new account has nothing that the example has not made.
  { message: /no matching object/, why: "a look-up of what does not exist", named: false },
  {
    message: /does not exist|doesn't exist|not found|no cluster found|has no version/i,
    why: "a reference to what does not exist",
    named: true,
  },
];

/** Refused on AWS for reasons of their own. */
const REFUSED: readonly (readonly [example: RegExp, message: RegExp, why: string])[] = [
  [
    /^kms\/key#[1345]$|^route53\/hostedZoneDnsSec#1$/,
    /^creating aws:kms\/key:Key .*MalformedPolicyDocument/,
    "a promise in JSON.stringify leaves a policy without principals",
  ],
  [
    /^a?lb\/listener#[12457]$/,
    /only alphanumeric characters and hyphens allowed/,
    "a load balancer whose logical name, and so its name, has an underscore",
  ],
  [/^a?lb\/listener#10$/, /At least two subnets/, "a load balancer without subnets"],
  [/^autoscaling\/getAmiIds#1$/, /notification target TOPIC ARN/, "words in place of a topic's ARN"],
  [/^autoscaling\/schedule#1$/, /LaunchTemplate/, "a group without a launch template"],
  [/^dynamodb\/globalTable#1$/, /already exists/, "two tables of one name in one region"],
  [/^dynamodb\/kinesisStreamingDestination#1$/, /read_capacity must be/, "a provisioned table without capacity"],
  [/^(dynamodb\/tableItem|ssm\/document)#1$/, /Invalid format of "item"|JSON/, "quotes escaped twice leave no JSON"],
  [/^cloudwatch\/eventTarget#1$/, /RoleArn is required/, "a stream as a target without a role"],
  [/^ec2\/networkInterfaceSecurityGroupAttachment#1$/, /cannot begin with sg-/, "a security group named sg-…"],
  [/^(ecs\/getTaskDefinition|iam\/(group|user)PolicyAttachment)#1$/, /JSON/, "dots in place of a JSON document"],
  [
    /^rds\/(cluster#[134]|instance#[678])$/,
    /final_snapshot_identifier is required/,
    "a database whose last snapshot has no name",
  ],
  [/^rds\/snapshot(Copy)?#1$/, /Cannot find version 5\.6/, "a version that AWS does not run any more"],
  [/^rds\/cluster#10$/, /got aurora/, "an engine that AWS has retired"],
  [
    /^s3\/bucket(Logging|LifecycleConfiguration|ReplicationConfig|Versioning)(V2)?#|^cloudwatch\/metricStream#1$|^rds\/exportTask#2$/,
    /AccessControlListNotSupported/,
    "an access list on a bucket that has them off",
  ],
];

export function verdictOf({ example, failures }: Run): Verdict {
  const [failure] = failures;
  if (failure === undefined) return { kind: "created" };
  const special = REFUSED.find(([name, message]) => name.test(example.name) && message.test(failure.message));
  if (special !== undefined) return { kind: "refused", why: special[2] };
  const said = failure.message.replace(/^(creating|updating) \S+ \(.*?\): /, "");
  const missing = MISSING.find(({ message }) => message.test(said));
  if (missing !== undefined && (!missing.named || namesOwnText(said, example.program))) {
    return { kind: "refused", why: missing.why };
  }
  return { kind: "failed", why: `${failure.step}: ${failure.message.split(/ yet\. |; |\n/)[0]}` };
}

function namesOwnText(message: string, program: string): boolean {
  const texts = message.match(/[\w./:@-]{2,}[\w/@-]/g) ?? [];
  return texts.some((text) => program.includes(`"${text}"`) || program.includes(`/${text}"`));
}
