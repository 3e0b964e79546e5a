import { ROLE_HOLDERS, type RoleHolder } from "../data/role-holders.ts";
import type { Stack, StackResource } from "../framework/stack.ts";
import { type Answer, all, type Blocker } from "./answer.ts";
import type { Identity } from "./identities.ts";
import type { References } from "./references.ts";
import { trustsService } from "./trust.ts";

/** Something that runs as a role. */
export interface Running {
  readonly resource: StackResource;
  /** For people: `function "orders"`. */
  readonly label: string;
  readonly role: Identity;
  /** How it comes by the role: "runs as". */
  readonly how: string;
  /** Whether the role lets it. */
  readonly answer: Answer;
  /** Whether somebody may begin here. */
  readonly runsCode: boolean;
}

/** Something of which it is not known as which role it runs. */
export interface Unsettled {
  readonly resource: StackResource;
  readonly blocker: Blocker;
}

const ROLE = ["aws:iam/role:Role"];

/** All of a stack's AWS resources that run as one of its roles. */
export function readRunning(
  stack: Stack,
  references: References,
  identities: ReadonlyMap<string, Identity>,
): { readonly running: readonly Running[]; readonly unsettled: readonly Unsettled[] } {
  const running: Running[] = [];
  const unsettled: Unsettled[] = [];
  for (const holder of ROLE_HOLDERS) {
    for (const resource of stack.ofType(holder.type)) {
      const { roles, open } = rolesOf(resource, holder, references, identities);
      for (const role of roles) {
        running.push({
          resource,
          label: `${holder.noun} "${resource.name}"`,
          role,
          how: "runs as",
          answer: all(
            () => trustsService(role, holder.services),
            () => isOpened(resource, holder),
          ),
          runsCode: holder.runsCode,
        });
      }
      for (const blocker of open) unsettled.push({ resource, blocker });
    }
  }
  return { running: [...running, ...deployedTo(stack, running)], unsettled };
}

/** Deployment groups put code on the instances that have one of their tags. */
function deployedTo(stack: Stack, running: readonly Running[]): Running[] {
  const instances = running.filter(({ resource }) => resource.type === "aws:ec2/instance:Instance");
  return stack.ofType("aws:codedeploy/deploymentGroup:DeploymentGroup").flatMap((group) => {
    const filters = [group.inputs, ...group.inputs.get("ec2TagSets").items()].flatMap((from) =>
      from.get("ec2TagFilters").items(),
    );
    const reached = instances.filter(({ resource }) =>
      filters.some((filter) => {
        const value = resource.inputs.get("tags").get(filter.get("key").string ?? "").string;
        return value !== undefined && [value, undefined].includes(filter.get("value").string);
      }),
    );
    return reached.map((instance) => ({
      ...instance,
      resource: group,
      label: `deployment group "${group.name}" and so ${instance.label}`,
      runsCode: false,
    }));
  });
}

function isOpened(resource: StackResource, { opened }: RoleHolder): Answer {
  if (opened === undefined) return true;
  const property = resource.inputs.get(opened);
  return property.unknown ? [{ resource, property }] : property.boolean === true;
}

function rolesOf(
  resource: StackResource,
  { property, via }: RoleHolder,
  references: References,
  identities: ReadonlyMap<string, Identity>,
): { readonly roles: readonly Identity[]; readonly open: readonly Blocker[] } {
  const first = references.of(resource, property, via ? [via.type] : ROLE);
  const open: Blocker[] = first.open.map((unknown) => ({ resource, property: unknown }));
  const found = via
    ? first.targets.flatMap((one) => {
        const second = references.of(one, via.property, ROLE);
        open.push(...second.open.map((unknown) => ({ resource: one, property: unknown })));
        return second.targets;
      })
    : first.targets;
  return { roles: found.flatMap(({ urn }) => identities.get(urn) ?? []), open };
}
