/**
 * The Pulumi program. The stack's name is the environment's name; everything else is data in environments/. It runs on
 * AWS and on the simulated cloud and does not know on which: the account it is allowed to touch is configuration.
 */
import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { getEnvironment, imagesToTry, withImages } from "../environments/index.ts";
import { buildEnvironment } from "./environment.ts";
import { createProvider, requireAccountId } from "./provider.ts";
import { guardReleases } from "./release-guard.ts";
import { leftToReleases, readReleases } from "./releases.ts";

// Pulumi.yaml turns stack traces off for speed; `--stacks` of the causeway command brings them back.
if (process.env.CAUSEWAY_STACKS === "1") Error.stackTraceLimit = 50;

const environment = withImages(getEnvironment(pulumi.getStack()), imagesToTry(process.env));
const accountId = requireAccountId(environment.name);
const provider = createProvider(environment, accountId);
const releases = await readReleases(environment.name, provider);
for (const text of leftToReleases(environment.name, releases)) void pulumi.log.warn(text);
const guards = guardReleases(
  environment.name,
  environment.services.map(({ name }) => name),
  releases,
  provider,
);
const root = dirname(import.meta.dirname);
const outputs = buildEnvironment(environment, { accountId, provider, root, releases, guards });

// What an environment does not have is no output; the engine would warn of every one that is undefined.
export default Object.fromEntries(Object.entries(outputs).filter(([, output]) => output !== undefined));
