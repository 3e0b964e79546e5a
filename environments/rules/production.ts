import { present, type Rule, servicesOf } from "./rule.ts";

/** Least and best number of zones: with three, losing one leaves two thirds of the capacity. */
const LEAST_ZONES = 2;

/** Least minutes of watching a release with all traffic on it. */
const LEAST_SOAK_MINUTES = 15;

/** What only production must have. */
export const productionRule: Rule = (env, report) => {
  if (env.kind !== "production") return;
  const { zones, network, protect, recovery, backup, data } = env;

  if (zones !== undefined && zones.length < LEAST_ZONES) {
    const found = zones.length === 1 ? "1 zone" : `${zones.length} zones`;
    report("zones", `${found} (${present(zones).join(", ")}).`, "Production needs at least 2 zones; 3 are best.");
  }
  if (network?.nat === "none" || network?.nat === "one") {
    report(
      "network.nat",
      `"${network.nat}" ${network.nat === "one" ? "is lost with its zone" : "leaves services without a way out"}.`,
      'Production needs "per-zone" or "regional".',
    );
  }
  if (network !== undefined && network.flowLogs === undefined) {
    report("network.flowLogs", "it is missing.", "Production needs flow logs: { retentionDays: 30 } at least.");
  }
  if (protect === false) {
    report("protect", "false lets destroy delete the data.", "Production needs true.");
  }
  if (recovery === undefined) {
    report("recovery", "it is missing.", "Say what may be lost and for how long: { rpoMinutes, rtoMinutes }.");
  }
  if (backup?.plans !== undefined && Object.keys(backup.plans).length === 0) {
    report("backup.plans", "nothing is backed up.", "Add a plan for each class of data, such as critical.");
  }
  if (data?.database?.multiAz === false) {
    report("data.database.multiAz", "false: the database is lost with its zone.", "Production needs true.");
  }
  for (const [path, { release, zones: own }] of servicesOf(env)) {
    if (release?.soakMinutes !== undefined && release.soakMinutes < LEAST_SOAK_MINUTES) {
      report(
        `${path}.release.soakMinutes`,
        `${release.soakMinutes} minutes are too few to see a slow failure.`,
        `Production needs at least ${LEAST_SOAK_MINUTES}.`,
      );
    }
    if (own !== undefined && own.length < LEAST_ZONES) {
      report(`${path}.zones`, `the service is in ${own.length} zone.`, "Production needs at least 2.");
    }
  }
};
