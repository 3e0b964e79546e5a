import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { declarationFinder } from "./declared.ts";
import type { SourceLocation } from "./finding.ts";

/** What is read of a resource in `pulumi preview --json` and `pulumi stack export`. */
interface ResourceState {
  readonly urn?: string;
  readonly sourcePosition?: string;
  /** Calls that led to the resource, the innermost first; a frame the SDK could not place is empty. */
  readonly stackTrace?: readonly { readonly sourcePosition?: string }[];
}

export interface Checkout {
  /** Root of the checkout; locations are told from here, and what lies outside is left out. */
  readonly root: string;
  /** Folder of Pulumi.yaml. @default the root */
  readonly project?: string;
  /** Whether it may have been another checkout, in another folder or on another machine, that was deployed. @default false */
  readonly elsewhere?: boolean;
}

/** Where the program makes its resources, by URN. */
export interface Locations {
  /**
   * The calls that led to a resource, the innermost first, as far as they lie in the checkout and not in installed
   * packages; undefined where none is known.
   */
  get(urn: string): readonly SourceLocation[] | undefined;
}

/**
 * Where the program makes its resources, as the engine tells. Where it knows no place, the sources are searched for the
 * resource's type and name.
 *
 * @param document what `pulumi preview --json` or `pulumi stack export` prints, parsed
 */
export function locationsIn(document: unknown, checkout: Checkout): Locations {
  const place = placer(checkout);
  const declared = declarationFinder(checkout);
  // Of a resource that is replaced there are several; the last state says where it is made now.
  const states = new Map(statesIn(document).map((state) => [state.urn, state]));
  return {
    get(urn) {
      const state = states.get(urn);
      if (state === undefined) return undefined;
      const { sourcePosition, stackTrace = [] } = state;
      const positions = stackTrace.length > 0 ? stackTrace.map((frame) => frame.sourcePosition) : [sourcePosition];
      const calls = positions.flatMap((position) => (position ? (place(position) ?? []) : []));
      if (calls.length > 0) return calls.filter((call, index) => index === 0 || !isSame(call, calls[index - 1]!));
      const found = declared(urn);
      return found && [found];
    },
  };
}

function statesIn(document: unknown): readonly ResourceState[] {
  const { steps, deployment } = (document ?? {}) as {
    readonly steps?: readonly { readonly newState?: ResourceState; readonly oldState?: ResourceState }[];
    readonly deployment?: { readonly resources?: readonly ResourceState[] };
  };
  return steps?.flatMap(({ newState, oldState }) => newState ?? oldState ?? []) ?? deployment?.resources ?? [];
}

/** Reads positions such as `project:///stacks/database.ts#12,3`. */
function placer({
  root,
  project = root,
  elsewhere = false,
}: Checkout): (position: string) => SourceLocation | undefined {
  const roots = [resolve(root), realpathSync(root)];
  return (position) => {
    const [, path, line, column] = /^project:\/\/\/(.*)#(\d+)(?:,(\d+))?$/.exec(position) ?? [];
    if (path === undefined || line === undefined) return undefined;
    const file = fileOf(path, project);
    const inside = roots
      .map((from) => relative(from, file))
      .concat(elsewhere ? (sameFile(root, file) ?? []) : [])
      .find((to) => to !== "" && !isAbsolute(to) && to.split(sep)[0] !== "..");
    if (inside === undefined || inside.split(sep).includes("node_modules")) return undefined;
    return {
      file: inside.split(sep).join("/"),
      line: Number(line),
      ...(column === undefined ? {} : { column: Number(column) }),
    };
  };
}

/** The file of this checkout that has the longest end of a path in common with one of another checkout. */
function sameFile(root: string, file: string): string | undefined {
  const steps = file.split(/[\\/]/);
  // A bare name such as index.ts is everywhere.
  const ends = steps.slice(1, -1).map((_, index) => steps.slice(index + 1).join(sep));
  return ends.find((end) => existsSync(join(root, end)));
}

/** The SDK takes the file URL of an ES module for a path below the working directory: `stacks/file:/repo/stacks/x.ts`. */
function fileOf(path: string, project: string): string {
  const decoded = decode(path);
  const url = decoded.lastIndexOf("file:/");
  if (url === -1) return resolve(project, decoded);
  return decode(decoded.slice(url + "file:".length)).replace(/^\/(?=[A-Za-z]:\/)/, "");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isSame(a: SourceLocation, b: SourceLocation): boolean {
  return a.file === b.file && a.line === b.line;
}
