import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import { plainText, type SourceLocation, violationOf } from "../../policies/report/index.ts";
import { nameOfUrn } from "../urn.ts";
import { fixOf, type PolicyFix } from "./fixes.ts";
import { shownValues } from "./values.ts";

/** What happens to one resource, in the five words people use. */
export type ChangeKind = "create" | "update" | "replace" | "delete" | "same";
export const CHANGE_KINDS: readonly ChangeKind[] = ["replace", "delete", "create", "update", "same"];

/** One property that differs, and how. */
export interface PropertyChange {
  readonly path: string;
  readonly kind: "add" | "update" | "delete";
  /** Whether this property is why the resource must be replaced. */
  readonly forcesReplacement: boolean;
  /** The value before and after, when both are plain values that may be shown. */
  readonly before?: string;
  readonly after?: string;
}

/** One resource and what happens to it. */
export interface ResourceStep {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly change: ChangeKind;
  readonly status: "planned" | "running" | "done" | "failed";
  readonly properties: readonly PropertyChange[];
  /** URN of the component that made it; empty at the top of the stack. */
  readonly parent: string;
  /** A group of resources rather than something that exists in the cloud; not counted as a change. */
  readonly component: boolean;
}

/** A policy's finding, in the shape of the JSON report. */
export interface PolicyViolation {
  readonly policy: string;
  readonly pack: string;
  readonly severity: string;
  readonly enforcement: string;
  readonly urn: string;
  readonly message: string;
  /** Where the program makes the resource, as far as a preview tells. */
  readonly location?: SourceLocation;
  /** Where that was called from, the nearest first. */
  readonly calledFrom?: readonly SourceLocation[];
}

/** A message of the engine, a provider or the program. */
export interface Diagnostic {
  readonly severity: "info" | "warning" | "error";
  readonly urn: string;
  readonly message: string;
}

const CHANGE_OF_OPERATION: Readonly<Record<string, ChangeKind>> = {
  same: "same",
  read: "same",
  refresh: "same",
  create: "create",
  import: "create",
  update: "update",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "discard-replaced": "replace",
  "import-replacement": "replace",
  "read-replacement": "replace",
  "read-discard": "same",
  delete: "delete",
  discard: "delete",
  "remove-pending-replace": "delete",
};

/** Whether something in the cloud becomes other than it was. */
export function isChange(step: ResourceStep): boolean {
  return step.change !== "same" && !step.component;
}

const ROOT_STACK_TYPE = "pulumi:pulumi:Stack";
const PROVIDER_PREFIX = "pulumi:providers:";

function propertyChanges(metadata: StepEventMetadata): PropertyChange[] {
  const replacing = new Set(metadata.keys ?? []);
  const detailed: Record<string, { diffKind?: string }> =
    metadata.detailedDiff ?? Object.fromEntries((metadata.diffs ?? []).map((path) => [path, {}]));
  return Object.entries(detailed).map(([path, diff]) => {
    const kind = diff.diffKind ?? "update";
    return {
      path,
      kind: kind.startsWith("add") ? "add" : kind.startsWith("delete") ? "delete" : "update",
      forcesReplacement: kind.endsWith("replace") || replacing.has(path),
      ...shownValues(metadata.old?.inputs, metadata.new?.inputs, path),
    };
  });
}

/**
 * Follows one run of the engine event by event and holds what has happened so far.
 *
 * The engine reports a replacement as several steps on one URN (create the new, replace, delete the old); they count as
 * one change here, as a person counts.
 */
export class RunRecorder {
  readonly #steps = new Map<string, ResourceStep>();
  readonly violations: PolicyViolation[] = [];
  readonly #fixes = new Map<string, PolicyFix>();
  readonly diagnostics: Diagnostic[] = [];

  /** Takes one event; returns the step that changed, if one did. */
  take(event: EngineEvent): ResourceStep | undefined {
    if (event.resourcePreEvent)
      return this.#step(event.resourcePreEvent.metadata, event.resourcePreEvent.planning ? "planned" : "running");
    if (event.resOutputsEvent)
      return this.#step(event.resOutputsEvent.metadata, event.resOutputsEvent.planning ? "planned" : "done");
    if (event.resOpFailedEvent) return this.#step(event.resOpFailedEvent.metadata, "failed");
    this.#policy(event);
    if (event.diagnosticEvent) this.#diagnostic(event.diagnosticEvent);
    return undefined;
  }

  /** All resources seen, without the stack itself and its providers. */
  get steps(): readonly ResourceStep[] {
    return [...this.#steps.values()].filter((s) => s.type !== ROOT_STACK_TYPE && !s.type.startsWith(PROVIDER_PREFIX));
  }

  /** How many resources the run has begun to change, and how many of these it is done with. */
  get started(): number {
    return this.steps.filter((step) => isChange(step)).length;
  }
  get finished(): number {
    return this.steps.filter((step) => isChange(step) && step.status === "done").length;
  }

  /** How many resources each change touches; components, providers and the stack itself are not counted. */
  get changes(): Record<ChangeKind, number> {
    const counts: Record<ChangeKind, number> = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
    for (const step of this.steps) if (!step.component) counts[step.change] += 1;
    return counts;
  }

  #step(metadata: StepEventMetadata, status: ResourceStep["status"]): ResourceStep | undefined {
    const change = CHANGE_OF_OPERATION[metadata.op];
    if (!change) return undefined;
    const before = this.#steps.get(metadata.urn);
    const state = metadata.new ?? metadata.old;
    const properties = propertyChanges(metadata);
    const step: ResourceStep = {
      urn: metadata.urn,
      type: metadata.type,
      name: nameOfUrn(metadata.urn),
      // A later "same" on the same URN (a refresh before an update) never hides a change.
      change:
        before && before.change !== "same" && change === "same"
          ? before.change
          : before?.change === "replace"
            ? "replace"
            : change,
      status: before?.status === "failed" ? "failed" : status,
      properties: properties.length > 0 ? properties : (before?.properties ?? []),
      parent: state?.parent ?? before?.parent ?? "",
      // Every resource of a provider names it; a component has none.
      component: metadata.provider === "" || metadata.provider === undefined,
    };
    this.#steps.set(metadata.urn, step);
    return step;
  }

  /** What rules put right by themselves, once for each rule and resource. */
  get fixes(): readonly PolicyFix[] {
    return [...this.#fixes.values()];
  }

  #policy(event: EngineEvent): void {
    const fix = fixOf(event);
    if (fix) this.#fixes.set(`${fix.policy} ${fix.urn}`, fix);
    const violation = violationOf(event);
    if (!violation) return;
    const { policy, severity = "", enforcement, urn, message } = violation;
    this.violations.push({
      policy,
      pack: event.policyEvent?.policyPackName ?? "",
      severity,
      enforcement,
      urn,
      message,
    });
  }

  #diagnostic(event: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    // The engine's log also carries its debug lines, which the SDK's type does not know.
    if (event.ephemeral || (event.severity as string) === "debug") return;
    const message = plainText(event.message);
    if (message === "") return;
    const severity = event.severity === "error" || event.severity === "warning" ? event.severity : "info";
    this.diagnostics.push({ severity, urn: event.urn ?? "", message });
  }
}
