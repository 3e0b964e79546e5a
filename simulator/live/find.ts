/** Which of the stored resources somebody means. */
import { type CloudStore, type StoredResource, stackOf } from "../store/store.ts";

/** A reference that names no resource, or more than one; the message lists what there is. */
export class UnresolvedReference extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnresolvedReference";
  }
}

/** Every resource of an account, by type. */
export function everyResource(store: CloudStore, account: string): StoredResource[] {
  return Object.keys(store.counts().byType).flatMap((type) => store.list(account, type));
}

/** The name in the program, such as `network-public-a`. */
export function logicalName({ urn }: Pick<StoredResource, "urn">): string {
  return urn.split("::").slice(3).join("::");
}

/** `ec2/Subnet` for `aws:ec2/subnet:Subnet`. */
export function shortType(type: string): string {
  const [, module = "", name = ""] = type.split(":");
  return `${module.split("/")[0]}/${name}`;
}

const SHOWN = 12;

/**
 * The resource with this URN, ARN, id, physical or logical name; a type stands for its only resource, and
 * `type::name` for one of several with a name.
 *
 * @param type narrows the choice: `aws:ec2/subnet:Subnet` or `ec2/Subnet`
 * @throws UnresolvedReference when there is none, or more than one
 */
export function findResource(
  store: CloudStore,
  account: string,
  reference: string,
  options: { readonly type?: string; readonly stack?: string } = {},
): StoredResource {
  const all = everyResource(store, account).filter(
    (resource) =>
      (options.type === undefined || isOfType(resource, options.type)) &&
      (options.stack === undefined || resource.urn.startsWith(`urn:pulumi:${options.stack}::`)),
  );
  const [type = "", name] = reference.startsWith("urn:") ? [""] : reference.split("::");
  const exact = (resource: StoredResource) =>
    [resource.urn, resource.arn, resource.id].includes(reference) ||
    (name !== undefined && isOfType(resource, type) && [logicalName(resource), resource.id].includes(name));
  const named = (resource: StoredResource) =>
    resource.uniqueName === reference || logicalName(resource) === reference || resource.state.name === reference;
  for (const matches of [exact, named, (resource: StoredResource) => isOfType(resource, reference)]) {
    const found = all.filter(matches);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new UnresolvedReference(`"${reference}" is ${found.length} resources; say which one:\n${lines(found)}`);
    }
  }
  const near = all.filter(({ urn, id }) => `${urn} ${id}`.toLowerCase().includes(reference.toLowerCase()));
  const hint = near.length > 0 ? `there are:\n${lines(near)}` : "`causeway cloud open` lists all there are";
  throw new UnresolvedReference(
    all.length === 0
      ? "the simulated cloud holds no such resource: nothing is up"
      : `no resource is called "${reference}"; ${hint}`,
  );
}

function isOfType({ type }: StoredResource, asked: string): boolean {
  return type === asked || shortType(type).toLowerCase() === asked.toLowerCase();
}

function lines(resources: readonly StoredResource[]): string {
  const many = new Set(resources.map(({ urn }) => stackOf(urn))).size > 1;
  const line = (resource: StoredResource) => {
    const stack = many ? `  of ${stackOf(resource.urn)}` : "";
    return `  ${shortType(resource.type)}::${logicalName(resource)}  ${resource.id}${stack}`;
  };
  const more = resources.length > SHOWN ? [`  and ${resources.length - SHOWN} more`] : [];
  return [...resources.slice(0, SHOWN).map(line), ...more].join("\n");
}
