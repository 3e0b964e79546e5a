import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { dataPlaneStatus, type Fault, injectFault } from "../../simulator/dataplane/control.ts";
import { readImageMap } from "../../simulator/dataplane/images.ts";
import { METRIC_SECONDS, type MetricSeconds } from "../../simulator/dataplane/recorder.ts";
import type { ServedDataPlane } from "../../simulator/dataplane/serve.ts";
import type { DataPlaneStatus } from "../../simulator/dataplane/status.ts";
import { sendVisitors, type VisitorCounts } from "../../simulator/dataplane/visitors.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { cloudOf } from "../session.ts";
import { addApiFaultCommands } from "./cloud-api-faults.ts";

interface ServeOptions {
  readonly images: string;
  readonly seed: string;
  readonly propagationDelay: number;
  readonly metricSeconds: MetricSeconds;
  readonly traffic?: number;
  readonly hosts?: readonly string[];
}

/** More than this is a load test of the machine, and needs a process of its own. */
const MOST_TRAFFIC = 500;

/** `causeway cloud serve` and `causeway cloud fault`: traffic on the simulated cloud. */
export function addCloudServeCommands(cloud: Command, checkout: string): void {
  cloud
    .command("serve")
    .description("answer at the load balancers and run the tasks, until Ctrl-C")
    .option(
      "--images <file>",
      "which local command stands for which image",
      join(checkout, "examples/hello/images.json"),
    )
    .option("--seed <text>", "seed of the draws by weight", "0")
    .option("--propagation-delay <ms>", "time from a change to its effect on traffic", milliseconds, 0)
    .addOption(
      new Option("--metric-seconds <seconds>", "period in which metrics of load balancers are kept; AWS keeps minutes")
        .choices(METRIC_SECONDS.map(String))
        .default(60),
    )
    .option("--traffic <rate>", "requests a second to send to the load balancers, as from users", rate)
    .option("--hosts <names...>", "host names that these ask for, in turn (default: those of the load balancers)")
    .action((options: ServeOptions) => serve(options, checkout));

  const fault = cloud
    .command("fault")
    .description("break tasks and zones that `causeway cloud serve` runs, or AWS's API");
  const inject = async (what: Fault, { json }: { json?: boolean }) => {
    try {
      const done = await injectFault(cloudOf(checkout).home, what);
      if (json) printJson({ done });
      else printText(done);
    } catch (error) {
      throw new CommandError("failed", (error as Error).message);
    }
  };
  fault
    .command("kill-task <task>")
    .description("kill a task, as a crash would; the beginning of its id is enough")
    .option("--json", "print one JSON document")
    .action((task: string, options: object) => inject({ kind: "kill-task", task }, options));
  fault
    .command("slow-task <task> <ms>")
    .description("let a task answer later; 0 ends it")
    .option("--json", "print one JSON document")
    .action((task: string, ms: string, options: object) =>
      inject({ kind: "slow-task", task, milliseconds: milliseconds(ms) }, options),
    );
  fault
    .command("lose-zone <zone>")
    .description("kill all tasks of a zone and start none there")
    .option("--json", "print one JSON document")
    .action((zone: string, options: object) => inject({ kind: "lose-zone", zone }, options));
  fault
    .command("restore-zone <zone>")
    .description("let tasks start in a lost zone again")
    .option("--json", "print one JSON document")
    .action((zone: string, options: object) => inject({ kind: "restore-zone", zone }, options));
  addApiFaultCommands(fault, checkout);
}

async function serve(options: ServeOptions, checkout: string): Promise<void> {
  const { images, seed, propagationDelay, metricSeconds, traffic, hosts } = options;
  const log = (line: string) => remark(`${new Date().toTimeString().slice(0, 8)} ${line}`);
  const { home, root } = cloudOf(checkout);
  let served: ServedDataPlane;
  try {
    // Here, so that the other commands do not load the database.
    const { serveDataPlane } = await import("../../simulator/dataplane/serve.ts");
    const { MetricFile } = await import("../../simulator/monitoring/metric-file.ts");
    const metrics = new MetricFile(home);
    metrics.prune(Date.now());
    const map = readImageMap(images);
    const settings = { home, root, images: map, seed, propagationDelayMs: propagationDelay, metrics };
    served = await serveDataPlane({ ...settings, metricSeconds: Number(metricSeconds) as MetricSeconds, onEvent: log });
  } catch (error) {
    throw new CommandError("cloudUnavailable", `Traffic cannot be served: ${(error as Error).message}`);
  }
  if (served.plane.status().listeners.length === 0) {
    log("no load balancer yet; it is served as soon as `causeway up local` has made one");
  }
  const visitors = traffic === undefined ? undefined : sendVisitors(traffic, () => served.plane.status(), hosts);
  if (traffic !== undefined) log(`sending ${traffic} requests a second, as from users`);
  const close = async () => {
    const counts = await visitors?.stop();
    if (counts !== undefined) log(visitorText(counts));
    await served.close();
  };
  await new Promise<void>((resolve) => {
    let asked = false;
    const end = () => {
      // The tasks' processes end with this one.
      if (asked) process.exit(EXIT.cancelled);
      asked = true;
      log("ending: requests and tasks may finish; once more ends it at once");
      void close().then(resolve);
    };
    process.on("SIGINT", end);
    process.on("SIGTERM", end);
  });
}

function visitorText({ sent, byStatus }: VisitorCounts): string {
  const kinds = Object.entries(byStatus).map(([status, count]) => `${count} × ${status}`);
  return `${sent} requests were sent: ${kinds.join(", ")}`;
}

/** The lines that `causeway cloud status` adds. */
export async function trafficText(checkout: string): Promise<string[]> {
  const status = await trafficStatus(checkout);
  if (status === undefined) return ["traffic: not served; start `causeway cloud serve`"];
  const healthy = status.targetGroups.flatMap(({ name, targets }) =>
    targets.length === 0
      ? []
      : [`  ${name}: ${targets.filter((t) => t.state === "healthy").length} of ${targets.length} targets healthy`],
  );
  return [
    `traffic: served by process ${status.pid} since ${status.since}`,
    ...status.listeners.map(({ loadBalancer, protocol, port, url }) => `  ${loadBalancer} ${protocol}:${port}: ${url}`),
    ...(status.authority === undefined ? [] : [`  HTTPS is signed by ${status.authority}; curl --cacert trusts it`]),
    ...healthy,
    ...status.tasks.map((t) => `  task ${t.id.slice(0, 8)} of ${t.service}: ${t.status} in ${t.zone}, ${t.definition}`),
    ...status.lostZones.map((zone) => `  zone ${zone}: lost`),
    ...status.problems.map((problem) => `  not served: ${problem}`),
  ];
}

export function trafficStatus(checkout: string): Promise<DataPlaneStatus | undefined> {
  return dataPlaneStatus(cloudOf(checkout).home);
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError("Give whole milliseconds.");
  }
  return value;
}

function rate(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= MOST_TRAFFIC)) {
    throw new InvalidArgumentError(`Give requests a second, more than 0 and at most ${MOST_TRAFFIC}.`);
  }
  return value;
}
