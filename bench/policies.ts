/**
 * What the policies cost, as ratios within one run: machines differ and are noisy, ratios travel.
 *
 * On the engine counted in processor time of the engine, the program and the pack, which others on the machine do not
 * change; beside it stands the time on the clock.
 *
 * In this process, through the SDK's own handlers: all rules beside AWSGuard's on the same 500 resources, and the rules over
 * whole stacks beside a policy that does nothing. On the real engine: previews of 500 resources with all rules, beside the
 * same with a pack of one rule that does nothing.
 *
 * Usage: npm run bench:policies [-- rounds] [--only process|engine]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Policies } from "@pulumi/policy";
import { openStack, resolveEngine } from "../engine/index.ts";
import { prepare } from "../policies/harness/index.ts";
import { analyzePackPath, packConfig } from "../policies/index.ts";
import { platformPack } from "../policies/packs.ts";
import { ALL_RULES } from "../policies/rules/index.ts";
import { startCloud, stopCloud } from "../simulator/index.ts";
import { awsGuardPolicies, typesOf } from "./policies/awsguard.ts";
import { inTurn, ratios, spread } from "./policies/measure.ts";
import { stackOf } from "./policies/resources.ts";
import { childrenMs } from "./processor.ts";

const RESOURCES = 500;
const checkout = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
const rounds = Number(positionals[0] ?? 9);
if (!Number.isInteger(rounds) || rounds < 1 || ![undefined, "process", "engine"].includes(values.only)) {
  process.stderr.write("usage: npm run bench:policies [-- rounds] [--only process|engine]\n");
  process.exit(2);
}

const NOTHING: Policies = [
  { name: "nothing", description: "Says nothing.", enforcementLevel: "advisory", validateStack: () => {} },
];
const print = (what: string, figures: string) => process.stdout.write(`${what.padEnd(62)}${figures}\n`);
const milliseconds = async (run: () => Promise<unknown>) => {
  const started = performance.now();
  await run();
  return performance.now() - started;
};

async function inProcess(): Promise<void> {
  const resources = stackOf(RESOURCES);
  const guard = awsGuardPolicies();
  const ours = prepare(platformPack().policies, resources);
  const theirs = prepare(guard, resources);
  const nothing = prepare(NOTHING, resources);
  const times = await inTurn(rounds * 3, {
    ours: () => milliseconds(ours.analyze),
    theirs: () => milliseconds(theirs.analyze),
    stack: () => milliseconds(ours.analyzeStack),
    nothing: () => milliseconds(nothing.analyzeStack),
  });
  const pairs = (about: (type: string) => number) => resources.reduce((sum, { type }) => sum + about(type), 0);
  const counts = {
    rules: [ALL_RULES.rules.length, guard.length],
    asked: [
      pairs((type) => ALL_RULES.rules.filter((rule) => rule.appliesTo(type)).length),
      pairs((type) => guard.filter((policy) => typesOf(policy).includes(type)).length),
    ],
  } as const;
  print(`${counts.rules[0]} rules on ${resources.length} resources, ms`, spread(times.ours, 0));
  print(`AWSGuard's ${counts.rules[1]} rules on them, ms`, spread(times.theirs, 0));
  const perRule = ratios(times.theirs, times.ours).map((ratio) => (ratio * counts.rules[0]) / counts.rules[1]);
  print("AWSGuard / ours, per resource and rule of the pack", spread(perRule, 1));
  const perAsked = ratios(times.theirs, times.ours).map((ratio) => (ratio * counts.asked[0]) / counts.asked[1]);
  print("AWSGuard / ours, per resource and rule about its type", spread(perAsked, 1));
  const stackRules = ALL_RULES.stackRules?.length ?? 0;
  print(`${stackRules} rules over a stack of ${resources.length}, ms`, spread(times.stack, 0));
  print("of which the SDK's own, without any rule, ms", spread(times.nothing, 0));
}

async function onEngine(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-bench-"));
  const home = join(folder, "cloud");
  try {
    const engine = await resolveEngine({ checkout });
    const { environment } = await startCloud({ home, root: checkout });
    const stack = await openStack({
      ...{ engine, projectDir: join(checkout, "bench", "scale"), stackName: "scale", passphrase: "bench" },
      backendUrl: pathToFileURL(join(folder, "backend")).href,
      pulumiHome: join(folder, "pulumi-home"),
      configFile: join(folder, "Pulumi.scale.yaml"),
      environment: { ...environment, SCALE_RESOURCES: String(RESOURCES) },
    });
    const config = join(folder, "policies.json");
    writeFileSync(config, JSON.stringify(packConfig({ enforcement: "advisory" })));
    const clock = { none: [] as number[], noop: [] as number[], all: [] as number[] };
    const preview = (name: keyof typeof clock, options: Parameters<typeof stack.preview>[0]) => async () => {
      const [used, started] = [childrenMs(), performance.now()];
      const outcome = await stack.preview(options);
      if (outcome.result !== "succeeded") throw new Error(`the preview failed\n${outcome.stdout}\n${outcome.stderr}`);
      clock[name].push(performance.now() - started);
      return childrenMs() - used;
    };
    const noop = { policyPacks: [join(checkout, "bench", "policies", "noop")] };
    const all = { policyPacks: [analyzePackPath(checkout)], policyPackConfigs: [config] };
    const times = await inTurn(
      rounds,
      { none: preview("none", {}), noop: preview("noop", noop), all: preview("all", all) },
      (round) => process.stderr.write(`round ${round} of ${rounds}\n`),
    );
    const warm = { none: clock.none.slice(1), noop: clock.noop.slice(1), all: clock.all.slice(1) };
    for (const [unit, { none, noop, all }] of Object.entries({ processor: times, clock: warm })) {
      print(`preview of ${RESOURCES} resources without policies, ${unit} ms`, spread(none, 0));
      print(`with a pack of one rule that does nothing, ${unit} ms`, spread(noop, 0));
      print(`with all rules, ${unit} ms`, spread(all, 0));
      print("all rules / one rule that does nothing", spread(ratios(all, noop), 3));
    }
  } finally {
    await stopCloud({ home });
    rmSync(folder, { recursive: true, force: true });
  }
}

if (values.only !== "engine") await inProcess();
if (values.only !== "process") await onEngine();
