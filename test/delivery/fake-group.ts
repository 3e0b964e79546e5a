import type { Action, LedgerRecord } from "../../contracts/ledger.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import { startGroup } from "../../delivery/group/start.ts";
import type { Notice, ReleasePorts, ServiceKey } from "../../delivery/ports.ts";
import type { ReleaseSettings } from "../../delivery/settings.ts";
import { type Behaviour, FakeWorld, NEW, OLD, type WorldOptions } from "./fake-world.ts";
import { plan } from "./plans.ts";
import { seeded } from "./random.ts";

export const GOOD: Behaviour = { errorRate: 0.01, medianMs: 50 };
export const BROKEN: Behaviour = { errorRate: 0.2, medianMs: 50 };

export interface GroupOptions extends Partial<WorldOptions> {
  readonly seed?: number;
  /** Settings of a service's release where they differ. */
  readonly settings?: Readonly<Record<string, Partial<ReleaseSettings>>>;
  /** Versions of each service in the order of the release. */
  readonly services: Readonly<Record<string, Behaviour>>;
}

/**
 * Several services in one virtual time: each in its own world, with all that can go wrong there, and what would hurt
 * between them.
 */
export class FakeGroup {
  readonly services: readonly string[];
  readonly worlds: Readonly<Record<string, FakeWorld>>;
  readonly plans: readonly ReleasePlan[];
  /** How each service's versions behave; may be changed on the way. */
  readonly versions: Readonly<Record<string, Record<string, Behaviour>>>;
  /** What users of a service would have been hurt by since another one was not ready for it. */
  readonly harm: string[] = [];
  /** What people were told, in the order in which they were told it. */
  readonly notices: Notice[] = [];

  constructor({ services, seed = 1, settings = {}, ...world }: GroupOptions, release = "r1") {
    this.services = Object.keys(services);
    const group = { services: [...this.services] };
    const common = { steps: [100], bakeMinutes: 1, soakMinutes: 1 };
    this.plans = this.services.map((service) => plan({ ...common, ...settings[service] }, { service, release, group }));
    this.versions = Object.fromEntries(
      this.services.map((service) => [service, { [OLD]: GOOD, [NEW]: services[service]! }]),
    );
    this.worlds = Object.fromEntries(
      this.services.map((service, index) => {
        const versions = this.versions[service]!;
        const made = new FakeWorld({ requestsPerSecond: 200, versions, ...world }, seeded(seed + index));
        made.witness = (action) => this.#see(service, action);
        return [service, made];
      }),
    );
  }

  key(service: string): ServiceKey {
    return { environment: "production", service };
  }

  get time(): number {
    return Math.max(...Object.values(this.worlds).map(({ time }) => time));
  }

  /** All worlds have the same time. */
  advance(ms = 0): void {
    const end = this.time + ms;
    for (const world of Object.values(this.worlds)) world.advance(Math.max(0, end - world.time));
  }

  records(service: string): readonly LedgerRecord[] {
    return this.worlds[service]!.records;
  }

  results(): (string | undefined)[] {
    return this.services.map((service) => {
      const ended = this.records(service).findLast((record) => record.type === "ended");
      return ended?.type === "ended" ? ended.result : undefined;
    });
  }

  /** All harm, in the worlds and between them. */
  hurt(): string[] {
    return [...this.harm, ...this.services.flatMap((service) => this.worlds[service]!.harm)];
  }

  start(): ReturnType<typeof startGroup> {
    return startGroup(this.ports(this.services[0]!, "cli"), this.plans, "ann");
  }

  #see(service: string, action: Action): void {
    const index = this.services.indexOf(service);
    const world = this.worlds[service]!;
    const of = (name: string) => this.worlds[name]!;
    if (action.type === "setWeights" && action.weights.green > world.weights.green) {
      for (const name of this.services.slice(0, index)) {
        if (of(name).weights.green < 100 || of(name).dataPlane().green < 100) {
          this.harm.push(`${service} got users before ${name} had all of its`);
        }
      }
    }
    if (action.type === "setWeights" && action.weights.green < world.weights.green) {
      for (const name of this.services.slice(index + 1)) {
        if (of(name).weights.green > 0) this.harm.push(`${service} went back before ${name}`);
      }
    }
    const ends = action.type === "setDesiredCount" || action.type === "setScalableMinimum";
    if (ends && action.colour === "blue" && (action.type === "setDesiredCount" ? action.count : action.minimum) === 0) {
      const open = this.services.filter((name) => of(name).weights.green < 100);
      const decided = this.records(this.services.at(-1)!).some(
        (record) => record.type === "entered" && record.result === "promoted",
      );
      if (open.length > 0) this.harm.push(`old tasks of ${service} ended while ${open} could still fail`);
      if (!decided) this.harm.push(`old tasks of ${service} ended before all were decided`);
    }
  }

  /** Ports of a service's turns; the ledger has all services. */
  ports(service: string, host: string): ReleasePorts {
    const own = this.worlds[service]!.ports(host);
    const ledger = (name: string) => this.worlds[name]!.ports(host).ledger;
    const synced = async <T>(work: () => Promise<T>): Promise<T> => {
      this.advance();
      return work();
    };
    return {
      host,
      clock: {
        now: () => this.time,
        sleepUntil: async (until) => {
          this.worlds[service]!.before("sleep");
          this.advance(Math.max(0, until - this.time));
        },
      },
      observer: { observe: (request) => synced(() => own.observer.observe(request)) },
      actor: { perform: (action, context) => synced(() => own.actor.perform(action, context)) },
      ledger: {
        readCurrent: (key) => synced(() => ledger(key.service).readCurrent(key)),
        readHistory: (key, limit) => synced(() => ledger(key.service).readHistory(key, limit)),
        append: (record) => synced(() => ledger(record.service.split("#")[1]!).append(record)),
      },
      mirror: {
        read: (key) => synced(() => own.mirror.read(key)),
        write: (key, state) => synced(() => own.mirror.write(key, state)),
      },
      notifier: {
        notify: (notice) =>
          synced(async () => {
            await own.notifier.notify(notice);
            this.notices.push(notice);
          }),
      },
    };
  }
}
