/** Several services on the data plane in one virtual time, whose versions need each other, with every request accounted for. */
import type { ReleasePlan } from "../../contracts/release.ts";
import { startGroup } from "../../delivery/group/start.ts";
import { turn } from "../../delivery/host.ts";
import type { ReleasePorts, ServiceKey } from "../../delivery/ports.ts";
import { VirtualClock } from "../../simulator/clock/clock.ts";
import { ModelWorld, type ModelWorldOptions, START } from "./model-world.ts";

export interface ModelGroupOptions extends Omit<ModelWorldOptions, "versions" | "propagationDelayMs" | "clock"> {
  readonly versions: ModelWorldOptions["versions"];
  /** Of each service, in the order of the release. */
  readonly services: Readonly<
    Record<string, Pick<ModelWorldOptions, "propagationDelayMs"> & Partial<Pick<ModelWorldOptions, "versions">>>
  >;
}

/** Wraps what the turns of one service see and do, to break it on purpose. */
export type GroupMutation = (ports: ReleasePorts, service: string, group: ModelGroup) => ReleasePorts;

/**
 * Each service calls the one before it: its new version fails a request that meets the old version there. So each moment
 * in which users of a new version can come to an old one before it is seen in the requests.
 */
export class ModelGroup {
  readonly services: readonly string[];
  readonly worlds: Readonly<Record<string, ModelWorld>>;
  readonly #clock = new VirtualClock(START);

  constructor({ services, versions, ...options }: ModelGroupOptions) {
    this.services = Object.keys(services);
    const worlds: Record<string, ModelWorld> = {};
    for (const [index, name] of this.services.entries()) {
      const given = { ...versions, ...services[name]!.versions };
      const needed = worlds[this.services[index - 1] ?? ""];
      const errorRate = () => (needed === undefined ? 0 : needed.dataPlane.blue / 100);
      worlds[name] = new ModelWorld({
        ...{ ...options, seed: `${options.seed} ${name}`, clock: this.#clock },
        propagationDelayMs: services[name]!.propagationDelayMs,
        versions: { v1: given.v1, v2: { ...given.v2, errorRate } },
      });
    }
    this.worlds = worlds;
  }

  key(service: string): ServiceKey {
    return { environment: "production", service };
  }

  get now(): number {
    return this.#clock.now();
  }

  /** Ports of one service's turns; the ledger has all services. */
  ports(plan: ReleasePlan): ReleasePorts {
    const own = this.worlds[plan.service]!.ports(plan);
    const ledger = (service: string) => this.worlds[service]!.ports(plan).ledger;
    return {
      ...own,
      ledger: {
        readCurrent: (key) => ledger(key.service).readCurrent(key),
        readHistory: (key, limit) => ledger(key.service).readHistory(key, limit),
        append: (record) => {
          const service = record.service.split("#")[1]!;
          return (service === plan.service ? own.ledger : ledger(service)).append(record);
        },
      },
    };
  }

  /** Releases all services, until it has ended or somebody is hurt. */
  async release(
    plans: readonly ReleasePlan[],
    mutate: GroupMutation = (ports) => ports,
    each: (round: number) => Promise<void> = async () => {},
  ): Promise<void> {
    const hosts = new Map(plans.map((plan) => [plan.service, mutate(this.ports(plan), plan.service, this)]));
    await startGroup(this.ports(plans[0]!), plans, "ann");
    const open = new Set(this.services);
    for (let round = 0; open.size > 0; round++) {
      if (round > 5_000) throw new Error(`it did not end: ${JSON.stringify(this.results())}`);
      await each(round);
      let next = Number.POSITIVE_INFINITY;
      for (const service of open) {
        const { due, done } = await turn(hosts.get(service)!, this.key(service));
        if (done) open.delete(service);
        next = Math.min(next, due);
      }
      this.#clock.advance(open.size === 0 ? 0 : Math.max(0, next - this.now));
    }
  }

  results(): (string | undefined)[] {
    return this.services.map((service) => {
      const ended = this.worlds[service]!.records.findLast((record) => record.type === "ended");
      return ended?.type === "ended" ? ended.result : undefined;
    });
  }
}
