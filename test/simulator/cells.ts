/** A program of any size, run straight on the provider's own classes: 50 resources with references in each cell. */
import { checkResource } from "../../simulator/provider/check.ts";
import { nameDigits } from "../../simulator/provider/origin.ts";
import { Resources } from "../../simulator/provider/resources.ts";
import { SIMULATED_ACCOUNT_ID } from "../../simulator/provider/settings.ts";
import type { Json, JsonObject } from "../../simulator/provider/values.ts";
import { plain } from "../../simulator/provider/values.ts";
import { AWS_RULES } from "../../simulator/rules/index.ts";
import { tokenOf } from "../../simulator/rules/rules.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import type { CloudStore } from "../../simulator/store/store.ts";
import { Unanswered } from "../../simulator/store/unanswered.ts";
import { urnOf } from "./provider-client.ts";

const schemas = openSchema(process.cwd());
const settings = { account: SIMULATED_ACCOUNT_ID, region: "eu-west-1", tags: { tags: { service: "cells" } } } as never;

export interface Planned {
  readonly type: string;
  readonly name: string;
  /** `<name>` stands for the id of another, `<name.property>` for a property; a pattern inside of a text as well. */
  readonly inputs: JsonObject;
}

export interface Made {
  readonly planned: Planned;
  readonly id: string;
  readonly inputs: JsonObject;
  readonly state: JsonObject;
}

const REFERENCE = /<([\w-]+)(?:\.(\w+))?>/g;

/** What the inputs refer to. */
export function referencesOf(planned: Planned): string[] {
  return [...JSON.stringify(planned.inputs).matchAll(REFERENCE)].map(([, name = ""]) => name);
}

export class Direct {
  readonly made = new Map<string, Made>();
  readonly #store: CloudStore;
  readonly #resources: Resources;
  readonly #unanswered: Unanswered;

  constructor(store: CloudStore) {
    this.#store = store;
    this.#unanswered = new Unanswered(store);
    this.#resources = new Resources(schemas, store, AWS_RULES);
  }

  create(planned: Planned): Made {
    const schema = schemas.resource(tokenOf(planned.type))!;
    const urn = urnOf(schema.token, planned.name);
    const { inputs, failures } = checkResource(schemas, schema, settings, {
      logicalName: planned.name,
      olds: undefined,
      news: this.#filled(planned.inputs) as JsonObject,
      digits: nameDigits(this.#store, SIMULATED_ACCOUNT_ID, urn),
      autonaming: undefined,
    });
    if (failures.length > 0) throw new Error(`${planned.name}: ${JSON.stringify(failures)}`);
    const created = this.#unanswered.make(urn, () =>
      this.#resources.create(schema, settings, urn, planned.name, inputs),
    );
    this.#unanswered.answered(urn, created.key);
    this.#unanswered.tidy();
    const made = { planned, inputs, id: created.id, state: created.state };
    this.made.set(planned.name, made);
    return made;
  }

  read(made: Made): void {
    this.#unanswered.known(made.planned.type, made.id);
    const schema = schemas.resource(tokenOf(made.planned.type))!;
    const found = this.#resources.read(schema, settings, made.id, made.inputs, made.state);
    expect(found?.id).toBe(made.id);
  }

  delete(made: Made): void {
    this.#resources.delete(schemas.resource(tokenOf(made.planned.type))!, settings, made.id, made.state);
  }

  #filled(value: Json): Json {
    if (Array.isArray(value)) return value.map((one) => this.#filled(one));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#filled(one)]));
    }
    if (typeof value !== "string") return value;
    return value.replaceAll(REFERENCE, (_, name: string, property = "id") => {
      const other = this.made.get(name);
      if (other === undefined) throw new Error(`${name} is not there yet`);
      return property === "id" ? other.id : String(plain(other.state[property]!));
    });
  }
}

const allow = (action: string, resource: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: resource }] });
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** So many cells, each after what it refers to. */
export function cells(count: number): Planned[] {
  return Array.from({ length: count }, (_, at) => cell(`c${at}`, `10.${at}`)).flat();
}

function cell(c: string, prefix: string): Planned[] {
  const planned: Planned[] = [];
  const add = (type: string, name: string, inputs: JsonObject) => planned.push({ type, name: `${c}-${name}`, inputs });
  add("ec2/Vpc", "vpc", { cidrBlock: `${prefix}.0.0/16` });
  add("ec2/InternetGateway", "igw", { vpcId: `<${c}-vpc>` });
  for (const [tier, name] of ["public", "private"].entries()) {
    add("ec2/RouteTable", `table-${name}`, { vpcId: `<${c}-vpc>` });
    add("ec2/Route", `route-${name}`, {
      routeTableId: `<${c}-table-${name}>`,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: `<${c}-igw>`,
    });
    for (const [index, zone] of ["a", "b"].entries()) {
      add("ec2/Subnet", `${name}-${zone}`, {
        vpcId: `<${c}-vpc>`,
        cidrBlock: `${prefix}.${tier * 2 + index}.0/24`,
        availabilityZone: `eu-west-1${zone}`,
      });
      add("ec2/RouteTableAssociation", `association-${name}-${zone}`, {
        subnetId: `<${c}-${name}-${zone}>`,
        routeTableId: `<${c}-table-${name}>`,
      });
    }
  }
  for (const role of ["front", "back"]) {
    add("ec2/SecurityGroup", role, { vpcId: `<${c}-vpc>`, description: role });
  }
  for (const [role, other] of [
    ["front", "back"],
    ["back", "front"],
  ]) {
    for (const port of [443, 5432, 6379]) {
      add("vpc/SecurityGroupIngressRule", `${role}-${port}`, {
        ...{ securityGroupId: `<${c}-${role}>`, referencedSecurityGroupId: `<${c}-${other}>` },
        ...{ ipProtocol: "tcp", fromPort: port, toPort: port },
      });
    }
    add("vpc/SecurityGroupEgressRule", `${role}-out`, {
      ...{ securityGroupId: `<${c}-${role}>`, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
    });
  }
  add("ec2/Eip", "address", { domain: "vpc" });
  add("ec2/NatGateway", "nat", { subnetId: `<${c}-public-a>`, allocationId: `<${c}-address>` });
  add("sns/Topic", "alerts", {});
  add("sqs/Queue", "jobs", {});
  for (const service of ["web", "api", "worker"]) {
    add("cloudwatch/LogGroup", `logs-${service}`, { name: `/cells/${c}/${service}` });
    add("iam/Role", `role-${service}`, { assumeRolePolicy: TRUST });
    add("iam/RolePolicy", `inline-${service}`, {
      role: `<${c}-role-${service}.name>`,
      policy: allow("logs:PutLogEvents", `<${c}-logs-${service}.arn>`),
    });
    add("cloudwatch/MetricAlarm", `alarm-${service}`, {
      ...{ namespace: "AWS/SQS", metricName: "ApproximateAgeOfOldestMessage", statistic: "Maximum", period: 60 },
      ...{ evaluationPeriods: 3, threshold: 60, comparisonOperator: "GreaterThanThreshold" },
      ...{ dimensions: { QueueName: `<${c}-jobs.name>` }, alarmActions: [`<${c}-alerts.arn>`] },
    });
    if (service === "web") continue;
    add("iam/Policy", `policy-${service}`, { policy: allow("sqs:SendMessage", `<${c}-jobs.arn>`) });
    add("iam/RolePolicyAttachment", `attachment-${service}`, {
      role: `<${c}-role-${service}.name>`,
      policyArn: `<${c}-policy-${service}.arn>`,
    });
    add("cloudwatch/EventRule", `rule-${service}`, { scheduleExpression: "rate(5 minutes)" });
    add("cloudwatch/EventTarget", `target-${service}`, {
      rule: `<${c}-rule-${service}.name>`,
      arn: `<${c}-jobs.arn>`,
    });
  }
  for (const name of ["vpc", "back"]) {
    add("ssm/Parameter", `parameter-${name}`, {
      ...{ name: `/cells/${c}/${name}`, type: "SecureString", value: `<${c}-${name}>` },
    });
  }
  return planned;
}
