/** Which services each service's releases come after, by name. */
export type ReleaseOrder = ReadonlyMap<string, readonly string[]>;

/** All that a service's releases come after, through others too, and in a circle itself. */
function allBefore(order: ReleaseOrder, service: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(order.get(service) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...(order.get(name) ?? []));
  }
  return found;
}

/**
 * The services in the order in which they are released together: each after those it comes after, also through services
 * that are not among them; else as the environment lists them.
 *
 * @param order what each service of the environment comes after, in the environment's order, without a circle
 */
export function inReleaseOrder(order: ReleaseOrder, services: readonly string[]): string[] {
  const open = [...order.keys()].filter((name) => services.includes(name));
  const sorted: string[] = [];
  while (open.length > 0) {
    const index = open.findIndex((name) => {
      const before = allBefore(order, name);
      return !open.some((other) => before.has(other));
    });
    sorted.push(...open.splice(Math.max(0, index), 1));
  }
  return sorted;
}

/** Circles of services that come after each other, each once, beginning with the first of its services. */
export function circles(order: ReleaseOrder): string[][] {
  const told = new Set<string>();
  return [...order.keys()].flatMap((service) => {
    if (told.has(service)) return [];
    const circle = shortestCircle(order, service);
    if (circle === undefined) return [];
    for (const name of circle) told.add(name);
    return [circle];
  });
}

function shortestCircle(order: ReleaseOrder, service: string): string[] | undefined {
  const paths = [[service]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const name of order.get(path.at(-1)!) ?? []) {
      if (name === service) return path;
      if (seen.has(name)) continue;
      seen.add(name);
      paths.push([...path, name]);
    }
  }
  return undefined;
}
