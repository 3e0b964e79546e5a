import type { DeepPartial, EnvironmentInput, ServiceInput } from "./model/environment.ts";
import { isRecord, type Loose } from "./model/record.ts";

/** Services by name, so that an environment can deviate in one property of one of them. */
type Services = Readonly<Record<string, Omit<ServiceInput, "name">>>;

/** What a layer may say: any part of an environment, lists whole; `undefined` takes something away again. */
export type Layer = DeepPartial<Omit<EnvironmentInput, "services">> & {
  services?: { [name: string]: DeepPartial<Services[string]> | undefined };
};

/** A layer and the file in which it is written. */
export interface WrittenLayer {
  readonly file: string;
  readonly layer: Layer;
}

/** An environment before validation, with the file in which each property was written. */
export interface Definition {
  readonly file: string;
  readonly input: unknown;
  /** The file that has the last word on a property, given in dotted form such as `services[0].image`. */
  readonly locate: (property: string) => string;
}

function merge(below: unknown, above: unknown): unknown {
  if (!isRecord(below) || !isRecord(above)) return above;
  const merged: Loose = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) delete merged[key];
    else merged[key] = Object.hasOwn(below, key) ? merge(below[key], value) : value;
  }
  return merged;
}

/** How many steps of a path a layer itself has; all of them when it speaks about the very property. */
function depth(layer: unknown, path: readonly string[]): number {
  let value = layer;
  for (const [index, step] of path.entries()) {
    if (!isRecord(value)) return path.length; // a list, or a value of the wrong kind
    if (!Object.hasOwn(value, step)) return index;
    value = value[step];
  }
  return path.length;
}

/**
 * Puts layers on top of each other, the later ones winning.
 *
 * Objects merge, everything else is replaced whole. Services are keyed by name in layers and become the list the model
 * has.
 *
 * @param file the environment's own file, named for what no layer says
 */
export function define(file: string, layers: readonly WrittenLayer[]): Definition {
  const merged = layers.reduce<unknown>((below, { layer }) => merge(below, layer), {}) as Loose;
  const services = isRecord(merged.services) ? merged.services : {};
  const names = Object.keys(services);
  const input = { ...merged, services: names.map((name) => merge({ name }, services[name])) };

  const locate = (property: string): string => {
    const path = property
      .replace(/^services\[(\d+)\]/, (_, index: string) => `services.${names[Number(index)]}`)
      .replace(/\[(\d+)\]/g, ".$1")
      .split(".");
    const depths = layers.map(({ layer }) => depth(layer, path));
    const speaking = depths.lastIndexOf(path.length);
    if (speaking >= 0) return layers[speaking]!.file;
    // Nobody wrote what is missing: inside a service that is for whoever wrote the service down first.
    const deepest = Math.max(...depths);
    return path[0] === "services" && deepest >= 2 ? layers[depths.indexOf(deepest)]!.file : file;
  };
  return { file, input, locate };
}

/** A definition with one more layer on top, which speaks of services that are there already. */
export function overlay(definition: Definition, { file, layer }: WrittenLayer): Definition {
  const { input, locate } = definition;
  if (!isRecord(input) || !Array.isArray(input.services)) return definition;
  const layers = new Map(Object.entries(layer.services ?? {}));
  const own = (service: unknown) => (isRecord(service) ? layers.get(String(service.name)) : undefined);
  const services: unknown[] = input.services.map((service: unknown) => merge(service, own(service) ?? {}));
  return {
    ...definition,
    input: { ...input, services },
    locate: (property) => {
      const [, index, rest] = /^services\[(\d+)\]\.(.+)$/.exec(property) ?? [];
      const said = own(services[Number(index)]);
      const path = rest?.replace(/\[(\d+)\]/g, ".$1").split(".");
      return said !== undefined && path !== undefined && depth(said, path) === path.length ? file : locate(property);
    },
  };
}
