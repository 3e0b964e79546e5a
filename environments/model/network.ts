import { z } from "zod";
import { NAT_STRATEGIES, TIERS } from "../../contracts/vocabulary.ts";
import { distinct, logRetentionDays, text, whole } from "./text.ts";

/** The VPC of an environment. */
export const networkSchema = z.strictObject({
  /**
   * IPv4 network of the VPC, inside the block that `address-plan.ts` gives this environment in this region.
   * @default the whole block
   */
  cidr: text(
    /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
    "an IPv4 network in CIDR notation",
    "Write it like 10.1.0.0/16, or leave it out to get the environment's block of the address plan.",
  ),
  /** Adds an Amazon-provided IPv6 /56 and an egress-only internet gateway. @default false */
  ipv6: z.boolean().default(false),
  /** Subnet tiers, each with a subnet in every zone. @default ["public", "private", "isolated"] */
  tiers: distinct(z.enum(TIERS))
    .min(1)
    .default([...TIERS]),
  /** Where private subnets leave the VPC. @default "per-zone" */
  nat: z.enum(NAT_STRATEGIES).default("per-zone"),
  /** Ways to AWS services that do not pass the NAT gateways. */
  endpoints: z
    .strictObject({
      /** Gateway endpoints: free, in the route tables. @default ["s3", "dynamodb"] */
      gateway: distinct(z.enum(["s3", "dynamodb"])).default(["s3", "dynamodb"]),
      /**
       * Interface endpoints by the service's short name (`ecr.api`, `ecr.dkr`, `logs`, `secretsmanager`, `ssm`, `kms`,
       * `sts`), one network interface in each zone, each billed by the hour.
       * @default []
       */
      interface: distinct(
        text(
          /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/,
          "the short name of an AWS service",
          "Write what follows com.amazonaws.<region>. in the endpoint's name, such as ecr.api.",
        ),
      ).default([]),
    })
    .prefault({}),
  /** VPC flow logs in CloudWatch; none when left out. Production must have them. */
  flowLogs: z
    .strictObject({
      /** Days the records are kept; a value CloudWatch Logs offers. @default 30 */
      retentionDays: logRetentionDays.default(30),
    })
    .optional(),
});

/** The way in: one application load balancer with a live and a test listener. */
export const entrySchema = z.strictObject({
  /** Reachable from the internet; otherwise only from inside the VPC. @default true */
  public: z.boolean().default(true),
  /** ACM certificate of the live listener, in the environment's region. Without it the listener speaks plain HTTP. */
  certificateArn: text(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/,
    "the ARN of an ACM certificate",
    "Copy it from ACM, in the region of this environment, or remove it for plain HTTP.",
  ).optional(),
  /** Plain HTTP is answered with a redirect to HTTPS; needs a certificate. @default false */
  httpsOnly: z.boolean().default(false),
  /** Access logs of the load balancer in S3. */
  accessLogs: z
    .strictObject({
      /** Days until the objects expire. @default 90 */
      retentionDays: whole(1, 3653).default(90),
    })
    .prefault({}),
  /** Seconds after which the load balancer closes a connection that carries nothing. @default 60 (AWS's own) */
  idleTimeoutSeconds: whole(1, 4000).default(60),
  /** AWS refuses to delete the load balancer. Goes with `protect`, or `destroy` stops half-way. @default true */
  deletionProtection: z.boolean().default(true),
});
