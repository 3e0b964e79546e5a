/** What the page knows and what a person has begun to change on it. */
import type { AlarmView, CloudView, EventView, ResourceDetail, ResourcePage, TaskView, TrafficView } from "../views.ts";

export interface State {
  connection: "waiting" | "live" | "lost" | "refused";
  cloud: CloudView | undefined;
  traffic: readonly TrafficView[];
  alarms: readonly AlarmView[];
  events: readonly EventView[];
  /** Weights that are set on the page and not applied, by the ARN of their rule. */
  readonly drafts: Map<string, readonly number[]>;
  /** What became of the last change, by the ARN of its rule. */
  readonly answers: Map<string, { readonly text: string; readonly failed: boolean }>;
  search: string;
  service: string;
  resources: ResourcePage | undefined;
  dialog: { readonly task: TaskView & { readonly zone: string } } | { readonly resource: ResourceDetail } | undefined;
  /** Said aloud to those who do not see the page. */
  announcement: string;
}

/** What a person can do. */
export interface Actions {
  draft(rule: string, weights: readonly number[] | undefined): void;
  apply(rule: string, groups: readonly string[], weights: readonly number[]): void;
  fault(fault: Readonly<Record<string, unknown>>): void;
  openTask(task: TaskView, zone: string): void;
  openResource(key: { readonly type: string; readonly id: string; readonly region: string }): void;
  closeDialog(): void;
  search(text: string, service: string): void;
}
