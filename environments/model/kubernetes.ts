import { z } from "zod";
import { ownTagsSchema } from "./own-tags.ts";
import { distinct, shortName, text, whole } from "./text.ts";

const network = text(
  /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
  "an IPv4 network in CIDR notation",
  "Write its first address and a prefix length, such as 10.1.0.0/16.",
);

const path = text(/^\/[^\s?#]{0,1023}$/, "a path", "Write the path of a cheap check that needs no login.");

/** The other end of a connection: pods of a namespace, or addresses. Exactly one of `namespace` and `cidr`. */
const peer = {
  /** Namespace of the pods. */
  namespace: shortName.optional(),
  /** Service whose pods are meant. @default all pods of the namespace */
  service: shortName.optional(),
  /** IPv4 network. */
  cidr: network.optional(),
};

/** One service on Kubernetes: a namespace of its own with hardened pods in it, reached from inside the cluster. */
export const kubernetesServiceSchema = z.strictObject({
  /** Image by digest, `repository@sha256:…`: the same bits in every environment. */
  image: text(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$/,
    "an image by digest",
    "Write repository@sha256:<64 hex digits>; a tag can mean other bits tomorrow.",
  ),
  /** Port the container listens on; it is not root. */
  port: whole(1024, 65_535),
  /** Port others reach the service at. @default 80 */
  servicePort: whole(1, 65_535).default(80),
  /** CPU and memory of one pod. */
  size: z.strictObject({
    /** Thousandths of a CPU that are kept free for it. */
    cpuMillis: whole(10, 64_000),
    /** Thousandths of a CPU it may use where nobody else does. @default cpuMillis */
    cpuLimitMillis: whole(10, 64_000).optional(),
    /** Memory in MiB, kept free and the limit. */
    memoryMiB: whole(16, 524_288),
    /** Disk in MiB for logs and what is not a writable path. @default 256 */
    diskMiB: whole(16, 65_536).default(256),
  }),
  /** How many pods run. */
  scaling: z.strictObject({
    /** Fewest pods, two at least. In production at least one for each zone. */
    min: whole(2, 1000),
    /** Most pods; the same number always runs when left out. */
    max: whole(2, 5000).optional(),
    /** Average CPU to hold, in per cent of what is kept free. @default 60 */
    targetCpuPercent: whole(10, 90).default(60),
  }),
  /** When a pod serves. */
  healthCheck: z.strictObject({
    /** HTTP path that says whether the pod can serve now. */
    path,
    /** HTTP path that says whether only a restart helps. @default path */
    livenessPath: path.optional(),
    /** Seconds between checks. @default 10 */
    intervalSeconds: whole(2, 60).default(10),
    /** Seconds until a check counts as failed; less than the interval. @default 2 */
    timeoutSeconds: whole(1, 59).default(2),
    /** Seconds a pod may take to start. @default 60 */
    startupSeconds: whole(5, 1800).default(60),
  }),
  /** Plain environment variables. @default {} */
  environment: z
    .record(
      text(/^[A-Z_][A-Z0-9_]*$/, "the name of an environment variable", "Write it in capitals, such as LOG_LEVEL."),
      z.string(),
    )
    .default({}),
  /** Who may send requests, by role. @default {}: nobody */
  ingress: z.record(shortName, z.strictObject(peer)).default({}),
  /** What it connects to, by role, besides the cluster's DNS. @default {}: nothing */
  egress: z
    .record(
      shortName,
      z.strictObject({
        ...peer,
        /** Port at the other end. */
        port: whole(1, 65_535),
        /** @default "TCP" */
        protocol: z.enum(["TCP", "UDP"]).default("TCP"),
      }),
    )
    .default({}),
  /** Directories the container may write to, empty in each new pod. @default [] */
  writablePaths: z
    .array(
      z.strictObject({
        /** Absolute path, such as `/tmp`. */
        path: text(/^(\/[A-Za-z0-9._-]+)+$/, "a directory", "Write an absolute path, such as /tmp."),
        /** Most it may hold, in MiB. */
        sizeMiB: whole(1, 65_536),
      }),
    )
    .default([]),
  /** Seconds in which others learn that a pod is leaving, before it is told to stop. @default 10 */
  drainSeconds: whole(1, 300).default(10),
  /** Seconds a pod may then finish its requests in. @default 30 */
  shutdownSeconds: whole(1, 3600).default(30),
  /** Labels where they differ from the environment's tags. */
  tags: ownTagsSchema,
});

/** A Kubernetes cluster (Amazon EKS in auto mode) and what runs on it. */
export const kubernetesSchema = z.strictObject({
  /** Kubernetes version, such as "1.34". AWS supports one for 14 months. */
  version: text(/^1\.\d{2}$/, "a Kubernetes version", 'Write major and minor version, such as "1.34".'),
  /**
   * Networks outside of the VPC from which the API server is reached. Without any, `up` has to run inside the VPC or in a
   * network that is joined to it. @default []
   */
  apiNetworks: distinct(network).default([]),
  /** ARNs of roles that administer the cluster; `{account}` is filled in. @default []: only the role that creates it */
  admins: distinct(
    text(
      /^arn:aws[a-z-]*:iam::(\d{12}|\{account\}):role\/[\w+=,.@/-]+$/,
      "the ARN of a role",
      "Write it like arn:aws:iam::{account}:role/platform-admin.",
    ),
  ).default([]),
  /** Its services, by name; a service's namespace has the same name. */
  services: z.record(shortName, kubernetesServiceSchema),
});
