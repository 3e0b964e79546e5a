import { type RuleSet, rulesIn, withoutSettings } from "../../framework/rule.ts";
import * as analytics from "./analytics.ts";
import * as apis from "./apis.ts";
import * as boundaries from "./boundaries.ts";
import * as compute from "./compute.ts";
import * as connections from "./connections.ts";
import * as containers from "./containers.ts";
import * as dataProcessing from "./data-processing.ts";
import * as distributions from "./distributions.ts";
import * as edge from "./edge.ts";
import * as encryption from "./encryption.ts";
import * as identity from "./identity.ts";
import * as logging from "./logging.ts";
import * as machines from "./machines.ts";
import * as network from "./network.ts";
import * as s3 from "./s3.ts";
import * as serviceLogs from "./service-logs.ts";

/** Data is encrypted, nothing is open that need not be, and what happens is logged. */
export const security: RuleSet<unknown> = {
  name: "security",
  title: "Security",
  description: "Encryption, exposure, networks, secrets, logging and certificates.",
  ...rulesIn(
    analytics,
    apis,
    boundaries,
    compute,
    connections,
    containers,
    dataProcessing,
    distributions,
    edge,
    encryption,
    identity,
    logging,
    machines,
    network,
    s3,
    serviceLogs,
  ),
  ...withoutSettings,
};
