/** An environment's load balancer rules, infrastructure code and a switcher, in any order. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { TrafficArgs } from "../../components/traffic/index.ts";
import { planTraffic, type RulePlan } from "../../components/traffic/traffic-plan.ts";
import { type Lease, type LiveState, mirrorPath, serialiseMirror } from "../../contracts/mirror.ts";
import { otherColour, type Weights } from "../../contracts/release.ts";
import { type ReleaseTarget, targetPath } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { changedMeanwhile, type Writer } from "../../stacks/release-guard.ts";
import { type Releases, readReleases } from "../../stacks/releases.ts";
import { liveWeights } from "../../stacks/services.ts";
import { Cloud, type Declared, type Pause, Stack } from "./engine-model.ts";

const GROUP = "aws:lb/targetGroup:TargetGroup";
const RULE = "aws:lb/listenerRule:ListenerRule";
const PARAMETER = "aws:ssm/parameter:Parameter";
const LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener/app/entry/1/";
const LIVE = "entry-hello-live";

/** What the program is told to build. */
interface Scenario {
  stickinessSeconds: number | undefined;
  third: boolean;
  neighbour: boolean;
  paths: readonly string[];
  note: number;
}

/** What can be taken away from the program, to see that it is missed. */
export interface Careless {
  /** The program writes what it declares, not what is live. */
  readonly declaredWeights?: boolean;
  /** Nobody looks again before a write. */
  readonly unguarded?: boolean;
  /** The rule is written while a release runs. */
  readonly written?: boolean;
}

export const OPERATIONS = [
  ...["up", "up --refresh", "refresh", "preview", "shift", "rollback", "promote"],
  ...["add target group", "edit stickiness", "edit paths", "unrelated edit", "add or destroy another service"],
] as const;
export type Operation = (typeof OPERATIONS)[number];

interface Forward {
  readonly targetGroups: { readonly arn: string; readonly weight: number }[];
  readonly stickiness?: { readonly enabled: boolean };
}

export class World {
  readonly cloud = new Cloud();
  readonly #stack = new Stack(this.cloud);
  readonly #careless: Careless;
  readonly #scenario: Scenario = {
    stickinessSeconds: undefined,
    third: false,
    neighbour: false,
    paths: ["/*"],
    note: 0,
  };
  /** What the switcher made of it. */
  #weights: Weights = { blue: 100, green: 0 };
  #live: Colour = "blue";
  #release = 0;
  #running = false;
  /** A release moves nobody in its first moments: the health of the candidate has to be seen several times. */
  #young = false;
  /** Whether the running release has written the rule, and with it its own stickiness. */
  #written = false;
  #provider!: aws.Provider;
  /** Weights, and stickiness while a release runs, that somebody else than the switcher wrote. */
  readonly moved: string[] = [];
  refused = 0;
  writes = 0;

  constructor(careless: Careless = {}) {
    this.#careless = careless;
  }

  async start(): Promise<void> {
    await this.cloud.configure();
    // The program's own reading runs as it is; its look-ups are answered by the same cloud.
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: ({ token, inputs }) => this.cloud.invoke(token, inputs as JsonObject),
    });
    this.#provider = new aws.Provider("aws", { region: "eu-west-1" });
    await this.#up(async () => {});
    this.#mirror("release", undefined);
  }

  close(): void {
    this.cloud.close();
  }

  get #forward(): Forward {
    const { state } = this.cloud.stored(RULE, String(this.#stack.outputs(LIVE).arn))!;
    return (state.actions as unknown as [{ forward: Forward }])[0].forward;
  }

  /** Does one thing; others may happen at each of its pauses. */
  async do(operation: Operation, random: () => number, pause: Pause): Promise<void> {
    const scenario = this.#scenario;
    const pick = <T>(...of: T[]): T => of[Math.floor(random() * of.length)]!;
    switch (operation) {
      case "add target group":
        scenario.third = !scenario.third;
        break;
      case "edit stickiness":
        scenario.stickinessSeconds = pick(undefined, 60, 300);
        break;
      case "edit paths":
        scenario.paths = pick(["/*"], ["/api/*", "/v2/*"]);
        break;
      case "unrelated edit":
        scenario.note++;
        break;
      case "add or destroy another service":
        scenario.neighbour = !scenario.neighbour;
        break;
      case "refresh":
        await this.#stack.refresh(pause);
        break;
      case "preview":
        await this.#stack.run(this.#program(await this.#read()), pause, true);
        break;
      case "shift":
      case "rollback":
      case "promote":
        this.switch(operation, random);
        break;
      case "up --refresh":
        await this.#stack.refresh(pause);
        await this.#up(pause);
        break;
      case "up":
        await this.#up(pause);
    }
    this.#look(operation);
  }

  /** What a release does from outside: the lease first, then its moves, then the end. */
  switch(operation: "shift" | "rollback" | "promote", random: () => number): void {
    if (!this.#running) {
      this.#release++;
      this.#running = true;
      this.#young = true;
      this.#mirror("release", true);
      return;
    }
    if (this.#young) return;
    const candidate = otherColour(this.#live);
    if (operation === "shift") {
      const share = 1 + Math.floor(random() * 100);
      this.#move(candidate === "blue" ? { blue: share, green: 100 - share } : { blue: 100 - share, green: share });
      return;
    }
    const winner = operation === "promote" ? candidate : this.#live;
    this.#move({ blue: winner === "blue" ? 100 : 0, green: winner === "green" ? 100 : 0 });
    this.#live = winner;
    this.#running = false;
    this.#written = false;
    this.#mirror("live", true);
    this.#mirror("release", true);
  }

  #move(weights: Weights): void {
    this.#weights = weights;
    this.#written = true;
    this.#mirror("live", true);
    this.cloud.write(RULE, String(this.#stack.outputs(LIVE).arn), (state) => {
      const [action] = state.actions as unknown as [{ forward: { targetGroups: { arn: string }[] } }];
      const targetGroups = action.forward.targetGroups.map((group) => {
        const colour = COLOURS.find((one) => this.#stack.outputs(`hello-${one}`).arn === group.arn);
        return { ...group, weight: colour === undefined ? 0 : weights[colour] };
      });
      // Cookies could only send users where the release does not want them.
      const forward = { targetGroups, stickiness: { enabled: false, duration: 0 } };
      return { ...state, actions: [{ ...action, forward }] as never };
    });
  }

  #mirror(parameter: "release" | "live", write: boolean | undefined): void {
    const seq = this.#release + 1;
    const lease: Lease = {
      ...{ format: 1, id: `r-${this.#release}`, running: this.#running, who: "ci", seq, stage: "baking", weight: 1 },
      since: "2026-01-05T10:00:00Z",
    };
    const live: LiveState = {
      ...{ format: 1, live: this.#live, weights: this.#weights, stickiness: { enabled: false }, confirmed: true, seq },
      ...{ taskDefinitions: {}, rules: [] },
    };
    const name = mirrorPath("test", "hello", parameter);
    const value = serialiseMirror(parameter === "release" ? lease : live);
    const state = { name, value, type: "String", arn: `arn:aws:ssm:eu-west-1:000000000000:parameter${name}`, id: name };
    if (write === undefined) return;
    const found = this.cloud.stored(PARAMETER, name);
    if (found !== undefined) this.cloud.store.put({ ...found, state });
    else {
      this.cloud.store.put({
        ...{
          account: "000000000000",
          region: "eu-west-1",
          type: PARAMETER,
          id: name,
          arn: state.arn,
          state,
          inputs: {},
        },
        ...{ uniqueName: undefined, urn: `urn:switcher::${name}`, createdAt: "2026-01-05T10:00:00Z" },
      });
    }
  }

  #read(): Promise<Releases> {
    return readReleases("test", this.#provider);
  }

  async #up(pause: Pause): Promise<void> {
    const releases = await this.#read();
    try {
      await this.#stack.run(this.#program(releases), async (at) => {
        if (at === "update") {
          // What was asked and what is written are moments apart, less than a release needs for its first move.
          const wasYoung = this.#young;
          await pause(at);
          this.#young ||= wasYoung;
          this.writes++;
          return;
        }
        this.#look("a step of an update");
        this.#young = false;
        await pause(at);
      });
    } catch (error) {
      if (!/^Release r-/.test((error as Error).message)) throw error;
      this.refused++;
    }
    this.#young = false;
  }

  /** What stacks/ declares of it, decided by the same functions. */
  #program(releases: Releases): Declared[] {
    const { stickinessSeconds, neighbour, paths, third, note } = this.#scenario;
    const { declaredWeights, unguarded, written } = this.#careless;
    const services = neighbour ? ["hello", "shop"] : ["hello"];
    const args: TrafficArgs = {
      ...{ vpcId: "vpc-1", vpcCidr: "10.0.0.0/16", subnetIds: ["a", "b"], accountId: "000000000000", protect: false },
      services: Object.fromEntries(
        services.map((service, index) => [
          service,
          {
            port: 8080,
            healthCheck: { path: "/healthz" },
            route: { priority: 100 + index, paths },
            ...(stickinessSeconds === undefined ? {} : { stickinessSeconds }),
          },
        ]),
      ),
      weights: declaredWeights ? {} : liveWeights(["hello"], releases),
    };
    const plan = planTraffic("entry", args);
    const guard = (writer: Writer) => async () => {
      if (unguarded) return;
      const [before, now] = [releases.hello ?? {}, (await this.#read()).hello ?? {}];
      const problem = changedMeanwhile("test", "hello", before, now, writer);
      if (problem !== undefined) throw new Error(problem);
      if (now.lease?.running && !written) throw new Error(`Release ${now.lease.id} is moving traffic.`);
    };
    const group = (service: string, role: string): Declared => ({
      ...{ type: GROUP, name: `${service}-${role}` },
      inputs: () => ({ vpcId: "vpc-1", port: 8080, protocol: "HTTP", targetType: "ip", tags: { note: `${note}` } }),
    });
    const rule = (service: string, key: "live" | "test", made: RulePlan): Declared => ({
      ...{ type: RULE, name: made.name },
      ...(made.held && !written ? { ignoreChanges: ["actions"] } : {}),
      ...(service === "hello" ? { beforeUpdate: guard(key === "live" ? "live rule" : "beside") } : {}),
      inputs: (outputs) => ({
        listenerArn: `${LISTENER}${key}`,
        priority: made.priority,
        conditions: [{ pathPattern: { values: [...made.paths] } }],
        actions: [
          {
            type: "forward",
            forward: {
              targetGroups: [
                ...COLOURS.map((colour) => ({
                  arn: outputs(`${service}-${colour}`).arn!,
                  weight: made.weights[colour],
                })),
                ...(third && service === "hello" ? [{ arn: outputs("hello-third").arn!, weight: 0 }] : []),
              ],
              ...(made.stickiness
                ? { stickiness: { enabled: made.stickiness.enabled, duration: made.stickiness.durationSeconds } }
                : {}),
            },
          },
        ],
      }),
    });
    const target: Declared = {
      ...{ type: PARAMETER, name: "target" },
      inputs: (outputs) => ({
        ...{ name: targetPath("test", "hello"), type: "String" },
        value: JSON.stringify({
          ...{
            format: 1,
            region: "eu-west-1",
            loadBalancer: "app/entry/1",
            cluster: "cluster",
            healthPath: "/healthz",
          },
          ...{ url: "http://entry", testUrl: "http://entry:8080", services: { blue: "blue", green: "green" } },
          rules: { live: String(outputs(LIVE).arn), test: String(outputs("entry-hello-test").arn) },
          targetGroups: { blue: String(outputs("hello-blue").arn), green: String(outputs("hello-green").arn) },
        } satisfies ReleaseTarget),
      }),
    };
    return [
      ...services.flatMap((service) => COLOURS.map((colour) => group(service, colour))),
      group("hello", "third"),
      ...plan.services.flatMap(({ service, rules }) => [
        rule(service, "test", rules.test),
        rule(service, "live", rules.live),
      ]),
      target,
    ];
  }

  #look(after: string): void {
    if (!this.#stack.has(LIVE)) return;
    const { targetGroups, stickiness } = this.#forward;
    const weight = (role: string) =>
      targetGroups.find(({ arn }) => arn === this.#stack.outputs(`hello-${role}`).arn)?.weight ?? 0;
    const is = { blue: weight("blue"), green: weight("green"), third: weight("third") };
    const was = { ...this.#weights, third: 0 };
    if (COLOURS.some((colour) => is[colour] !== was[colour]) || is.third !== 0) {
      this.moved.push(`after ${after}: ${JSON.stringify(is)}; it was ${JSON.stringify(was)}`);
    }
    if (this.#written && stickiness?.enabled)
      this.moved.push(`after ${after}: cookies hold users while a release runs`);
  }
}
