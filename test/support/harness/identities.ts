import { createHash } from "node:crypto";
import { autoname, type Identity, type Json, type SchemaSource } from "../../../simulator/schema/index.ts";

type Outputs = Readonly<Record<string, unknown>>;
type Made = { readonly id: string; readonly outputs: Record<string, Json> };

/** Ids, ARNs, names and other computed outputs, of the form the service gives them and the same in each run. */
export class Identities {
  readonly #schema: SchemaSource;
  readonly #region: string;
  readonly #account: string;
  readonly #counters = new Map<string, number>();
  readonly #made: { token: string; outputs: Record<string, Json> }[] = [];

  constructor(options: { readonly schema: SchemaSource; readonly region: string; readonly account: string }) {
    this.#schema = options.schema;
    this.#region = options.region;
    this.#account = options.account;
  }

  /**
   * The name property that the provider fills in when it was left unset; nothing where it was set or there is none.
   *
   * @throws Error when the logical name is too long for the service
   */
  autoname(type: string, name: string, inputs: Outputs): Record<string, string> {
    const rule = this.#schema.resource(type)?.autoname;
    if (rule === undefined || inputs[rule.property] !== undefined || inputs[`${rule.property}Prefix`] !== undefined) {
      return {};
    }
    return { [rule.property]: autoname(rule, name, inputs as Record<string, Json>, randomHexOf(`${type} ${name}`)) };
  }

  identify(type: string, name: string, urn: string, inputs: Outputs): Pick<Identity, "id" | "outputs"> {
    const randomHex = randomHexOf(urn);
    if (this.#schema.resource(type) === undefined) return { id: `${name}-${randomHex(17)}`, outputs: {} };
    const identity = this.#schema.identify(type, {
      region: this.#region,
      account: this.#account,
      logicalName: name,
      inputs: inputs as Record<string, Json>,
      now: new Date("2026-01-01T00:00:00Z"),
      randomHex,
      next: (counter) => {
        const value = (this.#counters.get(counter) ?? 0) + 1;
        this.#counters.set(counter, value);
        return value;
      },
      find: (reference) => this.#made.find(({ outputs: made }) => [made.id, made.arn, made.name].includes(reference)),
    });
    const { id, outputs } = identity.source === "general" ? this.#general(type, identity, randomHex) : identity;
    this.#made.push({ token: type, outputs: { ...(inputs as Record<string, Json>), ...outputs, id } });
    return { id, outputs };
  }

  /**
   * For a type that no rule speaks of: an id and an ARN of its own, and nothing where the schema could only give an empty
   * text, which two resources would share.
   */
  #general(type: string, identity: Identity, randomHex: (length: number) => string): Made {
    const outputs = Object.fromEntries(Object.entries(identity.outputs).filter(([, value]) => value !== ""));
    const [, module = "", thing = ""] = type.split(":");
    const kind = thing.toLowerCase();
    const id = `${kind}-${randomHex(17)}`;
    if ("arn" in identity.outputs) {
      outputs.arn = `arn:aws:${module.split("/")[0]}:${this.#region}:${this.#account}:${kind}/${id}`;
    }
    return { id, outputs };
  }
}

/** Hex digits that look random and depend on the seed and the order of asking alone. */
function randomHexOf(seed: string): (length: number) => string {
  let drawn = 0;
  return (length) =>
    createHash("shake256", { outputLength: Math.ceil(length / 2) })
      .update(`${seed} ${drawn++}`)
      .digest("hex")
      .slice(0, length);
}
