import { readFileSync } from "node:fs";
import { releaseTopicArn } from "../../contracts/notices.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import type { ReleaseTarget } from "../../contracts/target.ts";
import type { Cloud } from "../../contracts/vocabulary.ts";
import {
  type AwsClients,
  createAwsClients,
  createAwsPorts,
  destroyClients,
  MissingServiceError,
  type Reach,
  readTarget,
} from "../../delivery/aws/index.ts";
import type { ReleasePorts, ServiceKey } from "../../delivery/ports.ts";
import { type Environment, getEnvironment, type Service } from "../../environments/index.ts";
import { dataPlaneStatus } from "../../simulator/dataplane/control.ts";
import { SIMULATED_ACCOUNT_ID, startCloud } from "../../simulator/index.ts";
import { requireCredentials } from "../credentials.ts";
import { CommandError } from "../exit-codes.ts";
import { cloudOf, WITHOUT_AWS } from "../session.ts";
import { commandHooks } from "./hooks/run.ts";
import { type Identity, identify } from "./identity.ts";

/** A service whose releases can be read and run from here. */
export interface ReleaseSession {
  readonly environment: Environment;
  readonly service: Service;
  readonly cloud: Cloud;
  readonly key: ServiceKey;
  readonly target: ReleaseTarget;
  readonly ports: ReleasePorts;
  readonly identity: Identity;
  readonly clients: AwsClients;
  /** The same for another service of the environment. @throws as {@link withRelease} */
  readonly sibling: (service: string) => Promise<ReleaseSession>;
}

/**
 * Runs something on a service of an environment, and lets go of the connections afterwards.
 *
 * @throws ProblemsError when environment or service are unknown
 * @throws CommandError when the cloud cannot be used, or `up` has not made the service yet
 */
export async function withRelease<T>(
  about: { readonly environment: string; readonly service: string | undefined; readonly cloud: Cloud | undefined },
  checkout: string,
  work: (session: ReleaseSession) => Promise<T>,
): Promise<T> {
  const environment = getEnvironment(about.environment);
  const service = serviceOf(environment, about.service);
  const cloud = about.cloud ?? environment.cloud;
  const clients = await clientsOf(environment, cloud, checkout);
  const identity = identify(checkout);
  const open = async (service: Service): Promise<ReleaseSession> => {
    const key = { environment: environment.name, service: service.name };
    const target = await readTarget(key, clients).catch((error: unknown) => {
      if (!(error instanceof MissingServiceError)) throw new CommandError("cloudUnavailable", sentence(error));
      const up = `npx causeway up ${environment.name}${cloudFlag({ cloud, environment })}`;
      throw new CommandError("refused", `T${error.message.slice(1)} Nothing was changed. First: \`${up}\`.`);
    });
    const ports = createAwsPorts({
      ...key,
      target,
      host: identity.host,
      clients,
      topicArn: releaseTopicArn(environment.name, target.rules.live),
      ...(cloud === "simulated" ? { reach: reachOf(target, checkout) } : {}),
      runCommand: commandHooks({ checkout, environment: () => surroundings(environment, cloud, checkout) }),
    });
    const sibling = (name: string) => open(serviceOf(environment, name));
    return { environment, service, cloud, key, target, ports, identity, clients, sibling };
  };
  try {
    return await work(await open(service));
  } finally {
    destroyClients(clients);
  }
}

function serviceOf(environment: Environment, name: string | undefined): Service {
  const { services } = environment;
  const found = name === undefined && services.length === 1 ? services[0] : services.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = services.map((one) => one.name).join(", ");
  if (name === undefined) {
    const message = names === "" ? `${environment.name} has no service.` : `Name one of its services: ${names}.`;
    throw new CommandError("usage", `${environment.name} does not say which service is meant. ${message}`);
  }
  throw new ProblemsError(`environment ${environment.name}`, [
    {
      where: "services",
      property: "",
      message: `there is no service "${name}".`,
      remedy: names === "" ? "It has none." : `Its services: ${names}.`,
    },
  ]);
}

/** @throws CommandError when the cloud cannot be used */
export async function clientsOf(environment: Environment, cloud: Cloud, checkout: string): Promise<AwsClients> {
  const { region } = environment;
  if (cloud === "aws") {
    await requireCredentials(environment.name);
    // An endpoint for something else must never get what is meant for an account.
    return createAwsClients({ region });
  }
  try {
    const { environment: variables } = await startCloud(cloudOf(checkout));
    return createAwsClients({
      region,
      endpoint: variables.AWS_ENDPOINT_URL,
      credentials: { accessKeyId: SIMULATED_ACCOUNT_ID, secretAccessKey: "simulated" },
    });
  } catch (error) {
    throw new CommandError("cloudUnavailable", `The simulated cloud does not start: ${sentence(error)}`);
  }
}

/** What a command beside a release finds: on the simulated cloud that one, and nothing that could reach an account. */
async function surroundings({ region }: Environment, cloud: Cloud, checkout: string): Promise<NodeJS.ProcessEnv> {
  if (cloud === "aws") return process.env;
  const { environment } = await startCloud(cloudOf(checkout));
  return {
    ...process.env,
    ...WITHOUT_AWS,
    ...environment,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: SIMULATED_ACCOUNT_ID,
    AWS_SECRET_ACCESS_KEY: "simulated",
  };
}

/**
 * On the simulated cloud tasks and traffic are there only while they are served.
 *
 * @throws CommandError `cloudUnavailable` when nothing is
 */
export async function requireServed({ cloud, service, environment }: ReleaseSession, checkout: string): Promise<void> {
  if (cloud !== "simulated" || (await dataPlaneStatus(cloudOf(checkout).home)) !== undefined) return;
  throw new CommandError(
    "cloudUnavailable",
    `Nothing is served, so no task would start and no user come. Nothing was changed.\n  In another terminal: \`${serveCommand(service, environment)}\``,
  );
}

/** What serves an environment's load balancer with users of all its services, and metrics as fine as a release wants them. */
export function serveCommand({ release: { sampleSeconds } }: Service, { services }: Environment): string {
  const hosts = services.flatMap(({ route }) => route.hosts?.find((host) => !/[*?]/.test(host)) ?? []);
  const others = services.some(({ route }) => route.hosts === undefined) ? ["localhost"] : [];
  return [
    "npx causeway cloud serve --traffic 100",
    ...(sampleSeconds === undefined ? [] : [`--metric-seconds ${sampleSeconds}`]),
    ...(hosts.length === 0 ? [] : [`--hosts ${[...hosts, ...others].join(" ")}`]),
  ].join(" ");
}

/**
 * Names of the simulated cloud's load balancers exist nowhere: requests go to the sockets that stand for their listeners,
 * and nowhere else.
 */
function reachOf({ loadBalancer }: ReleaseTarget, checkout: string): Reach {
  return async (url) => {
    const served = await dataPlaneStatus(cloudOf(checkout).home);
    if (served === undefined)
      throw new Error("nothing is served; start `npx causeway cloud serve` in another terminal");
    const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
    const listener = served.listeners.find(
      (one) => one.port === port && one.loadBalancerArn.endsWith(`loadbalancer/${loadBalancer}`),
    );
    if (listener === undefined) throw new Error(`no listener of ${loadBalancer} is served on port ${port}`);
    const { hostname, port: socket } = new URL(listener.url);
    return {
      host: hostname,
      port: Number(socket),
      ...(served.authority === undefined ? {} : { authority: readFileSync(served.authority, "utf8") }),
    };
  };
}

/** The flag that makes a command mean the same cloud as this session, where the environment's own is another. */
export function cloudFlag({ cloud, environment }: Pick<ReleaseSession, "cloud" | "environment">): string {
  return cloud === environment.cloud ? "" : ` --cloud ${cloud}`;
}

/** A command on a service's releases, to be typed as it stands. */
export function releaseCommand(
  session: Pick<ReleaseSession, "cloud" | "environment" | "key">,
  verb: string,
  flags = "",
): string {
  const { environment, service } = session.key;
  return `\`npx causeway release ${verb} ${environment} ${service}${cloudFlag(session)}${flags}\``;
}

/** How to go on with a release that nobody may be looking after, and how to end it. */
export function waysOn(session: Pick<ReleaseSession, "cloud" | "environment" | "key">, flags = ""): string {
  const back = releaseCommand(session, "rollback", `${flags} --reason …`);
  return `Go on with it: ${releaseCommand(session, "watch", flags)}. Take it back: ${back}.`;
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
