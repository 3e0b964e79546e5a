import { type Problem, ProblemCollector } from "../contracts/problems.ts";
import type { Definition } from "./definition.ts";
import { overlay } from "./definition.ts";
import written from "./images.json" with { type: "json" };
import { nearest } from "./model/nearest.ts";
import { isRecord } from "./model/record.ts";
import { serviceSchema } from "./model/service.ts";
import { show } from "./model/text.ts";

/** Where an environment has images of its own: what was promoted to it. A command writes it, people review it. */
export const PROMOTED_FILE = "environments/images.json";

/** What is written there: by environment, by service, the image. Nothing is checked yet. */
export const PROMOTED: unknown = written;

/** What is well-formed of it for one environment, by service. */
function imagesOf(promoted: unknown, { input }: Definition): Record<string, string> {
  const name = isRecord(input) ? input.name : undefined;
  const own = isRecord(promoted) && typeof name === "string" && Object.hasOwn(promoted, name) ? promoted[name] : {};
  return Object.fromEntries(
    Object.entries(isRecord(own) ? own : {}).filter((entry): entry is [string, string] => isImage(entry[1])),
  );
}

function servicesOf(input: unknown): string[] {
  const services = isRecord(input) && Array.isArray(input.services) ? input.services : [];
  return services.flatMap((service: unknown) =>
    isRecord(service) && typeof service.name === "string" ? [service.name] : [],
  );
}

function isImage(value: unknown): value is string {
  return serviceSchema.shape.image.safeParse(value).success;
}

/** The environment with the images that were promoted to it, in place of those that its services are written with. */
export function withPromoted(definition: Definition, promoted: unknown): Definition {
  const images = Object.entries(imagesOf(promoted, definition)).map(([name, image]) => [name, { image }] as const);
  if (images.length === 0) return definition;
  return overlay(definition, { file: PROMOTED_FILE, layer: { services: Object.fromEntries(images) } });
}

/** What is wrong with what was promoted, all of it; such an entry is not used. */
export function checkPromoted(promoted: unknown, definitions: readonly Definition[]): Problem[] {
  const problems = new ProblemCollector(PROMOTED_FILE);
  const inputs = new Map(definitions.flatMap(({ input }) => (isRecord(input) ? [[input.name, input] as const] : [])));
  const object = (property: string, value: unknown): [string, unknown][] => {
    problems.require(
      isRecord(value),
      property,
      `${show(value)} is not an object.`,
      'Write { "<service>": "<image>" } under the name of each environment.',
    );
    return isRecord(value) ? Object.entries(value) : [];
  };
  const known = (property: string, name: string, names: readonly string[], what: string): void => {
    const meant = nearest(name, names);
    const remedy = `${meant === undefined ? "" : `Did you mean "${meant}"? `}Known: ${names.join(", ") || "none"}.`;
    problems.require(names.includes(name), property, `there is no ${what} "${name}".`, remedy);
  };
  for (const [name, images] of object("", promoted)) {
    known(name, name, [...inputs.keys()].map(String), "environment that stays");
    for (const [service, image] of object(name, images)) {
      const property = `${name}.${service}`;
      if (inputs.has(name)) known(property, service, servicesOf(inputs.get(name)), `service of ${name} on ECS`);
      problems.require(
        isImage(image),
        property,
        `${show(image)} is not an image by digest.`,
        "Write repository@sha256:<64 hex digits>, or let `npx causeway promote` write it.",
      );
    }
  }
  return problems.problems;
}
