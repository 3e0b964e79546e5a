import type { z } from "zod";
import type { Draft } from "../model/draft.ts";
import type { environmentSchema } from "../model/environment.ts";
import type { Organisation } from "../organisation.ts";

/** An environment of which only the well-formed parts are there: a rule stays silent about what it cannot see. */
export type EnvironmentDraft = Draft<z.output<typeof environmentSchema>>;

/** A service of such an environment. */
export type ServiceDraft = NonNullable<NonNullable<EnvironmentDraft["services"]>[number]>;

/**
 * Records one problem: property, what is wrong with the value found, what to do. It is dropped when that property, or
 * one of those it was `judgedBy`, is malformed: then it may only be a consequence.
 */
export type Report = (property: string, message: string, remedy: string, judgedBy?: readonly string[]) => void;

/** What must hold across properties. */
export type Rule = (env: EnvironmentDraft, report: Report, organisation: Organisation) => void;

/** The services with their paths. */
export function servicesOf(env: EnvironmentDraft): (readonly [string, ServiceDraft])[] {
  return (env.services ?? []).flatMap((service, index) =>
    service === undefined ? [] : [[`services[${index}]`, service] as const],
  );
}

/** What is there of a list. */
export function present<T>(list: readonly (T | undefined)[] | undefined): T[] {
  return (list ?? []).filter((item) => item !== undefined) as T[];
}
