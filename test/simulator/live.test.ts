/** Changes by hand: what AWS would let somebody do, and what a refresh then finds. */
import { findResource, LiveEditor, type Weight } from "../../simulator/live/index.ts";
import { changeWeights } from "../../simulator/live/weights.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { PageWorld, SECRET } from "./page-world.ts";

const ACCOUNT = "000000000000";
const world = new PageWorld();
const editor = new LiveEditor(openSchema(process.cwd()), world.store);
let network: Awaited<ReturnType<PageWorld["network"]>>;
let traffic: Awaited<ReturnType<PageWorld["traffic"]>>;

beforeAll(async () => {
  await world.start();
  network = await world.network();
  traffic = await world.traffic(network);
});
afterAll(() => world.dispose());

const find = (reference: string) => findResource(world.store, ACCOUNT, reference);
const edit = (reference: string, ...values: [string, unknown][]) => {
  const stored = find(reference);
  return editor.edit(stored, editor.withValues(stored, values as Parameters<LiveEditor["withValues"]>[1]));
};
const weights = () => {
  const [action] = find("web-live").state.actions as { forward: { targetGroups: { weight: number }[] } }[];
  return action!.forward.targetGroups.map(({ weight }) => weight);
};

describe("edit", () => {
  it("changes what is live, so that a refresh finds it", async () => {
    expect(edit("web-blue", ["healthCheck.interval", 17], ["deregistrationDelay", "30"])).toEqual([
      { path: "deregistrationDelay", before: 0, after: 30 },
      { path: "healthCheck.interval", before: 5, after: 17 },
    ]);
    const made = world.store.list(ACCOUNT, "aws:lb/targetGroup:TargetGroup").find(({ id }) => id === traffic.blue)!;
    const refreshed = await world.read(made.type, {
      id: made.id,
      inputs: { deregistrationDelay: 0 },
      state: made.state,
    });
    expect(refreshed?.inputs.deregistrationDelay).toBe(30);
    expect(edit("web-blue", ["healthCheck.interval", 17])).toEqual([]);
  });

  it("changes tags and all that follows from them", () => {
    expect(edit("ec2/Vpc", ["tags.owner", "somebody"])).toEqual([
      { path: "tags.owner", before: undefined, after: "somebody" },
    ]);
    expect(find("ec2/Vpc").state.tagsAll).toEqual({ Name: "net", owner: "somebody" });
    edit("ec2/Vpc", ["tags.owner", null]);
    expect(find("ec2/Vpc").state.tagsAll).toEqual({ Name: "net" });
  });

  it.each([
    [
      "a property that there is not, with what may have been meant",
      "web-blue",
      "healthCheck.intervall",
      5,
      /did you mean "interval"/,
    ],
    ["a wrong type", "web-blue", "deregistrationDelay", "soon", /expected a number/],
    [
      "a value that the provider refuses",
      "web-live",
      "actions[0].forward.targetGroups[0].weight",
      1000,
      /range \(0 - 999\)/,
    ],
    [
      "a reference to nothing",
      "web-live",
      "actions[0].forward.targetGroups[0].arn",
      "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/gone/0123456789abcdef",
      /TargetGroup/,
    ],
    ["what only a new resource could have", "ec2/Vpc", "cidrBlock", "10.9.0.0/16", /takes a new one/],
    ["a place in what is no list", "web-blue", "healthCheck[0]", 1, /not a list/],
  ])("refuses %s, and changes nothing", (_, reference, path, value, message) => {
    const before = JSON.stringify(find(reference).state);
    expect(() => edit(reference, [path, value])).toThrow(message);
    expect(JSON.stringify(find(reference).state)).toBe(before);
  });

  it("shows no secret, keeps it where its mask is left, and makes what takes its place one", () => {
    const stored = find("password");
    const document = editor.document(stored);
    expect(JSON.stringify(document)).not.toContain(SECRET);
    editor.edit(stored, { ...document, description: "for the app" });
    expect(JSON.stringify(find("password").state)).toContain(SECRET);
    const changes = edit("password", ["value", "another"]);
    expect(changes).toEqual([{ path: "value", before: "[secret]", after: "[secret]" }]);
    expect(JSON.stringify(find("password").state)).toContain('"another"');
    expect(JSON.stringify(editor.document(find("password")))).not.toContain("another");
  });
});

describe("delete", () => {
  it("is refused for what others use, with AWS's code", () => {
    expect(() => editor.delete(find("ec2/Vpc"))).toThrow(/DependencyViolation/);
    expect(find("ec2/Vpc").id).toBe(network.vpc.id);
  });

  it("takes away what nobody uses, so that a refresh finds it gone", async () => {
    editor.delete(find("password"));
    expect(await world.read("aws:ssm/parameter:Parameter", network.parameter)).toBeUndefined();
  });
});

describe("find", () => {
  it("takes URN, ARN, id, name, type and type::name, and lists what it could be otherwise", () => {
    const { urn, arn, id } = find("web-live");
    for (const reference of [
      urn,
      arn!,
      id,
      "lb/ListenerRule",
      "aws:lb/listenerRule:ListenerRule",
      "lb/ListenerRule::web-live",
    ]) {
      expect(find(reference).urn).toBe(urn);
    }
    expect(() => find("ec2/Subnet")).toThrow(/2 resources; say which one:\n.*ec2\/Subnet::net-public-a/);
    expect(() => find("web-bleu")).toThrow(/no resource is called/);
  });
});

describe("weights", () => {
  const change = (...changed: Weight[]) =>
    changeWeights({ store: world.store, editor }, ACCOUNT, String(traffic.rule.state.arn), changed);

  it("move alone, and what is left out stays", () => {
    change({ targetGroup: traffic.green, weight: 25 });
    expect(weights()).toEqual([100, 25]);
    change({ targetGroup: traffic.blue, weight: 75 });
    expect(weights()).toEqual([75, 25]);
  });

  it("are refused beyond AWS's limits, for other groups and for other rules", () => {
    const before = weights();
    expect(() => change({ targetGroup: traffic.green, weight: 1000 })).toThrow(/0 - 999/);
    expect(() => change({ targetGroup: "arn:of:nobody", weight: 1 })).toThrow(/does not forward to arn:of:nobody/);
    expect(() =>
      changeWeights({ store: world.store, editor }, ACCOUNT, traffic.listener.id, [
        { targetGroup: traffic.blue, weight: 1 },
      ]),
    ).toThrow(/does not forward/);
    expect(() => changeWeights({ store: world.store, editor }, ACCOUNT, "arn:none", [])).toThrow(/RuleNotFound/);
    expect(weights()).toEqual(before);
  });
});
