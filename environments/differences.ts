/** Why environments differ in a property. */
export interface Reason {
  /** The property and all below it; `*` stands for any one step. */
  readonly path: string;
  /** The environments that are the cause; the reason holds for pairs with at least one of them. */
  readonly of: readonly string[];
  /** What the difference is good for. */
  readonly reason: string;
  /** True for a difference that comes and goes, so that there need not be one now. @default false */
  readonly passing?: boolean;
}

/** Environments that are destroyed and made again. */
const DISPOSABLE = ["local", "dev", "preview"];

/** Environments on the simulated cloud. */
const SIMULATED = ["local", "preview"];

const EVERY = ["local", "dev", "staging", "production", "preview"];

/**
 * Every way in which environments may differ. A difference of any two environments that is not explained here fails a
 * test, and so does an explanation that explains nothing: parity is lost on purpose or not at all. Only differences that
 * come and go are explained before they are there.
 */
export const REASONS: readonly Reason[] = [
  { path: "name", of: EVERY, reason: "Each environment has a name." },
  { path: "kind", of: EVERY, reason: "Which rules apply depends on what an environment is for." },
  { path: "network.cidr", of: EVERY, reason: "Blocks of the address plan never overlap, so networks can be joined." },
  { path: "cloud", of: SIMULATED, reason: "It needs no account, no credentials and no money." },
  { path: "budget.monthlyUsd", of: EVERY, reason: "A budget is set for what an environment costs." },

  { path: "zones", of: DISPOSABLE, reason: "Two zones are the fewest in which failover can be seen." },
  {
    path: "network.nat",
    of: DISPOSABLE,
    reason: "Losing the way out with a zone hurts no users; one gateway saves two.",
  },
  {
    path: "network.endpoints.interface",
    of: ["dev"],
    reason: "Each costs by the hour; dev's little traffic goes through NAT.",
  },
  {
    path: "entry.certificateArn",
    of: SIMULATED,
    reason: "The simulated cloud listens on loopback, where nobody issues certificates.",
  },
  { path: "entry.httpsOnly", of: SIMULATED, reason: "Without a certificate there is only plain HTTP." },

  {
    path: "kubernetes",
    of: ["dev"],
    reason: "Teams learn there what running on Kubernetes takes; no users depend on it yet.",
  },

  {
    path: "protect",
    of: DISPOSABLE,
    reason: "It holds nothing that cannot be made again, and must go away with destroy.",
  },
  { path: "entry.deletionProtection", of: DISPOSABLE, reason: "It must go away with destroy." },
  { path: "data.database.deletionProtection", of: DISPOSABLE, reason: "It must go away with destroy." },

  {
    path: "services[*].image",
    of: EVERY,
    reason: "A version is promoted from environment to environment, the same bits each time.",
    passing: true,
  },
  { path: "services[*].scaling.min", of: DISPOSABLE, reason: "One task for each of its two zones." },
  { path: "services[*].scaling.max", of: [...DISPOSABLE, "staging"], reason: "Load comes from tests, not from users." },
  {
    path: "services[*].release.bakeMinutes",
    of: DISPOSABLE,
    reason: "Few requests arrive: waiting longer shows no more.",
  },
  {
    path: "services[*].release.soakMinutes",
    of: DISPOSABLE,
    reason: "Few requests arrive: waiting longer shows no more.",
  },
  {
    path: "services[*].release.steps",
    of: ["local"],
    reason: "Its little traffic shows nothing at 1 %, and somebody waits in front of it.",
  },
  { path: "services[*].release.maxBakeMinutes", of: ["local"], reason: "Somebody waits in front of it." },
  {
    path: "services[*].release.limits",
    of: ["local"],
    reason: "Tasks are processes of the machine, and somebody waits in front of it.",
  },
  {
    path: "services[*].release.judgement",
    of: ["local"],
    reason: "Its little traffic can only show errors that many users would have.",
  },
  {
    path: "services[*].release.rollback.latencyIncreasePercent",
    of: ["local"],
    reason: "Its tasks share one machine with whatever else runs there, which makes all of them slower at times.",
  },
  {
    path: "services[*].release.sampleSeconds",
    of: ["local"],
    reason: "The simulated cloud has finer metrics than the load balancers of AWS.",
  },
  {
    path: "services[*].release.propagationSeconds",
    of: ["local"],
    reason: "The load balancer is one process, which follows its rules at once.",
  },
  {
    path: "services[*].healthCheck",
    of: ["local"],
    reason: "Somebody waits in front of it for the new version to be healthy.",
  },
  {
    path: "services[*].drainSeconds",
    of: ["local"],
    reason: "Its requests come from a test, and none takes long.",
  },
  {
    path: "services[*].release.soakMinutes",
    of: ["staging"],
    reason: "The shorter end of 15 to 30 minutes keeps lead time under an hour.",
  },

  {
    path: "data.database.serverless",
    of: [...DISPOSABLE, "staging"],
    reason: "Load comes from tests, not from users.",
  },
  {
    path: "data.database.instances",
    of: ["dev"],
    reason: "Failover is rehearsed in staging; dev pays for one instance.",
  },
  {
    path: "data.database.multiAz",
    of: ["dev"],
    reason: "Failover is rehearsed in staging; dev pays for one instance.",
  },
  { path: "data.database.backupRetentionDays", of: DISPOSABLE, reason: "Test data is made again, not restored." },
  { path: "data.database.dataClass", of: DISPOSABLE, reason: "Test data can be lost and made again." },
  {
    path: "data.database.seedStrategy",
    of: EVERY,
    reason: "Test data for development, a sanitised copy for the rehearsal, the real data only in production.",
  },

  {
    path: "backup.vaultLock",
    of: [...DISPOSABLE, "staging"],
    reason: "A locked vault cannot be emptied; only production's recovery points need that.",
  },
  {
    path: "backup.copyRegion",
    of: [...DISPOSABLE, "staging"],
    reason: "Only production's data must outlive a region.",
  },

  { path: "alerts.routes", of: ["dev", "staging"], reason: "Nobody is woken for an environment without users." },
  {
    path: "alerts.routes",
    of: ["preview"],
    reason: "Whoever opened the pull request watches it; nobody else is told.",
  },
];
