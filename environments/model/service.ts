import { z } from "zod";
import { ZONE_LETTERS } from "../../contracts/vocabulary.ts";
import { ownTagsSchema } from "./own-tags.ts";
import { releaseSchema } from "./release.ts";
import { distinct, shortName, text, whole } from "./text.ts";

const variableName = text(
  /^[A-Z_][A-Z0-9_]*$/,
  "the name of an environment variable",
  "Write it in capitals, digits and underscores, such as LOG_LEVEL.",
);

/** A secret by the name it has in its store; its value never enters this repository. */
export const secretReferenceSchema = z.strictObject({
  /** The store: Secrets Manager, or a SecureString parameter of SSM. */
  from: z.enum(["secretsmanager", "ssm"]),
  /** Name in that store, such as `hello/api-key` or `/hello/api-key`. */
  name: text(
    /^[/A-Za-z0-9_.@+=-]{1,512}$/,
    "the name of a secret",
    "Write the name under which the store has it; the value stays in the store.",
  ),
  /** Key inside a JSON secret of Secrets Manager; the whole secret when left out. */
  key: text(/^[A-Za-z0-9_.-]+$/, "a key of a JSON secret", "Write the key as it stands in the secret.").optional(),
});

/** What the tasks of a service may do on AWS beyond starting up. */
export const grantSchema = z.strictObject({
  /** What it is for; becomes the statement's Sid. */
  id: text(/^[A-Za-z0-9]{1,64}$/, "a statement id", "Write letters and digits only, such as ReadOrders."),
  /** IAM actions in full, such as `s3:GetObject`; no wildcards. */
  actions: distinct(z.string()).min(1),
  /**
   * What the actions are allowed on: ARNs, in which `{region}`, `{account}` and `{environment}` are filled in, or
   * references to parts of the environment (`ref:database`, `ref:database.secret`).
   */
  resources: distinct(z.string()).min(1),
  /** IAM condition block: operator, key, value or values. */
  conditions: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))).optional(),
});

/** One service: two ECS services, blue and green, behind the entry. */
export const serviceSchema = z.strictObject({
  /** Name, also the value of the tag `service`: at most 20 characters of a-z, 0-9 and hyphens. */
  name: shortName,
  /** Image by digest, `repository@sha256:…`: the same bits in every environment. */
  image: text(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$/,
    "an image by digest",
    "Write repository@sha256:<64 hex digits>; a tag can move under a running release.",
  ),
  /** Port the container listens on. */
  port: whole(1, 65535),
  /** CPU and memory of a task, a combination Fargate offers. */
  size: z.strictObject({
    /** CPU units, 1024 to the vCPU. */
    cpu: z.literal([256, 512, 1024, 2048, 4096, 8192, 16384]),
    /** Memory in MiB. */
    memoryMiB: whole(512, 122_880),
  }),
  /** How many tasks run. */
  scaling: z.strictObject({
    /** Fewest tasks of the live colour. In production at least one for each zone. */
    min: whole(1, 1000),
    /** Most tasks of a colour. */
    max: whole(1, 5000),
    /** Average CPU utilisation to hold, in per cent. @default 60 */
    targetCpuPercent: whole(10, 95).default(60),
    /** Requests per minute and task to hold; not used when left out. */
    targetRequestsPerMinute: whole(1, 1_000_000).optional(),
  }),
  /** When a task counts as healthy. Nothing is released without it. */
  healthCheck: z.strictObject({
    /** HTTP path, such as `/healthz`. */
    path: text(
      /^\/[^\s?#]{0,1023}$/,
      "a path",
      "Write the path of a cheap check that needs no login, such as /healthz.",
    ),
    /** Seconds between checks. @default 10 */
    intervalSeconds: whole(5, 300).default(10),
    /** Seconds until a check counts as failed; less than the interval. @default 5 */
    timeoutSeconds: whole(2, 120).default(5),
    /** Successes in a row until healthy. @default 2 */
    healthyThreshold: whole(2, 10).default(2),
    /** Failures in a row until unhealthy. @default 2 */
    unhealthyThreshold: whole(2, 10).default(2),
    /** HTTP codes that count as success. @default "200" */
    matcher: text(
      /^[2-4]\d\d([-,][2-4]\d\d)*$/,
      "a list or range of HTTP codes between 200 and 499",
      'Write "200", "200,204" or "200-299".',
    ).default("200"),
  }),
  /** Which requests reach the service. */
  route: z.strictObject({
    /** Host names, `*` allowed; any host when left out. */
    hosts: distinct(
      text(/^[a-z0-9*?.-]{1,128}$/, "a host name pattern", "Write it in lower case, such as shop.example.com."),
    )
      .min(1)
      .optional(),
    /** Path patterns. @default ["/*"] */
    paths: distinct(text(/^\/[^\s]{0,127}$/, "a path pattern", "Start it with a slash, such as /api/*."))
      .min(1)
      .default(["/*"]),
    /** Place among the listener's rules, the lowest first; unique in the environment. */
    priority: whole(1, 50_000),
  }),
  /**
   * Seconds a user stays with the colour that answered first; used between releases only, which decide for themselves.
   * Not used when left out.
   */
  stickinessSeconds: whole(1, 604_800).optional(),
  /** How a new version takes over. */
  release: releaseSchema,
  /** What users are promised. */
  slo: z.strictObject({
    /** Requests answered without a server error, in per cent of all. @default 99.9 */
    availabilityPercent: z.number().min(90).default(99.9),
    /** 99th percentile of the response time, in milliseconds. */
    latencyP99Ms: whole(1, 60_000),
  }),
  /** Plain environment variables. What is secret belongs under `secrets`. @default {} */
  environment: z.record(variableName, z.string()).default({}),
  /** Secrets by reference, keyed by the variable in which the container finds them. @default {} */
  secrets: z.record(variableName, secretReferenceSchema).default({}),
  /** What the tasks may do on AWS. @default [] */
  grants: z.array(grantSchema).default([]),
  /** Tags where they differ from the environment's; the tag `service` is the name. */
  tags: ownTagsSchema,
  /** Seconds an old target may finish its requests in. @default 30 */
  drainSeconds: whole(0, 3600).default(30),
  /** Zones it runs in. @default all of the environment */
  zones: distinct(z.enum(ZONE_LETTERS)).min(1).optional(),
});
