/** Dispatches `get*` functions. */
import type { FunctionSchema, SchemaSource } from "../schema/index.ts";
import type { CloudStore } from "../store/store.ts";
import { CloudError } from "./errors.ts";
import { findsDefaultNetwork, provideDefaultNetwork } from "./functions/default-network.ts";
import { lookupFor } from "./functions/generic.ts";
import type { ProviderSettings } from "./settings.ts";
import { type Failure, Validator } from "./validate.ts";
import type { JsonObject } from "./values.ts";

export interface InvokeContext {
  readonly store: CloudStore;
  readonly schemas: SchemaSource;
  readonly account: string;
  /** The call's own `region` argument, else the provider's. */
  readonly region: string;
}

/** Answers one function; the arguments are checked and without marks. */
export type InvokeHandler = (args: JsonObject, context: InvokeContext) => JsonObject;

export type InvokeAnswer = { readonly result: JsonObject } | { readonly failures: readonly Failure[] };

export class Invoke {
  readonly #schemas: SchemaSource;
  readonly #store: CloudStore;
  readonly #handlers: ReadonlyMap<string, InvokeHandler>;

  constructor(schemas: SchemaSource, store: CloudStore, handlers: ReadonlyMap<string, InvokeHandler>) {
    this.#schemas = schemas;
    this.#store = store;
    this.#handlers = handlers;
  }

  /** @throws CloudError when there is no such function, it is not simulated, or what it looks for is not there */
  call(token: string, settings: ProviderSettings, given: JsonObject): InvokeAnswer {
    const schema = this.#function(token);
    const validator = new Validator(this.#schemas, schema.token);
    const args = validator.object(given, schema.arguments);
    if (validator.failures.length > 0) return { failures: validator.failures };
    const handler = this.#handlers.get(currentToken(schema.token)) ?? lookupFor(this.#schemas, schema);
    if (handler === undefined) {
      throw new CloudError(
        "not-simulated",
        `the simulated cloud does not answer ${schema.token} yet. Pass the value in from configuration instead, or run ` +
          `this program on AWS. Besides look-ups of resources it answers: ${[...this.#handlers.keys()].map(shortName).sort().join(", ")}`,
      );
    }
    const region = typeof args.region === "string" ? args.region : (settings.region ?? "");
    const context = { store: this.#store, schemas: this.#schemas, account: settings.account, region };
    if (findsDefaultNetwork(schema.token)) provideDefaultNetwork(context);
    const result = handler(args, context);
    return { result: { ...(schema.results.has("region") && { region }), ...args, ...result } };
  }

  #function(token: string): FunctionSchema {
    const schema = this.#schemas.function(token);
    if (schema !== undefined) return schema;
    const near = this.#schemas.suggest(token)[0];
    throw new CloudError(
      "not-simulated",
      `${token} is not a function of @pulumi/aws ${this.#schemas.version}${near ? `; did you mean ${near}?` : ""}`,
    );
  }
}

/** Modules of releases before 7 and where their functions went. */
const FORMER_MODULES: Readonly<Record<string, string>> = {
  applicationloadbalancing: "alb",
  elasticloadbalancing: "elb",
  elasticloadbalancingv2: "lb",
};

/** Functions that once were in no module. */
const ONCE_AT_TOP: Readonly<Record<string, string>> = {
  getAmi: "ec2",
  getAmiIds: "ec2",
  getCanonicalUserId: "s3",
  getPrefixList: "ec2",
};

/** The token of today for a function that a former release had elsewhere. */
function currentToken(token: string): string {
  const [, path = "", name = ""] = token.split(":");
  const [module = "", file = ""] = path.split("/");
  const moved = module === "index" ? ONCE_AT_TOP[name] : FORMER_MODULES[module];
  return moved === undefined ? token : `aws:${moved}/${file}:${name}`;
}

/** `ec2.getVpc` of `aws:ec2/getVpc:getVpc`. */
function shortName(token: string): string {
  const [, module = "", name = ""] = token.split(":");
  const area = module.split("/")[0] ?? "";
  return area === "index" ? name : `${area}.${name}`;
}
