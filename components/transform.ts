import type * as pulumi from "@pulumi/pulumi";

/**
 * The escape hatch to one child of a component: what to set differently from what the component decided.
 *
 * As a value, its properties replace the component's, one by one and not merged deeper. As a function, it is given what
 * the component decided, frozen, and returns what to use instead: `args` replaces all arguments, `opts` is laid over the
 * component's options, and what is left out stays as it was.
 *
 * What a transform sets is the caller's to answer for: the component's promises hold for the untransformed child.
 *
 * @example
 * ```ts
 * new Network("main", { ..., transform: { vpc: { enableNetworkAddressUsageMetrics: true } } });
 * new Network("main", { ..., transform: { vpc: (args, opts) => ({ opts: { ...opts, retainOnDelete: true } }) } });
 * ```
 */
export type Transform<A> =
  | Partial<A>
  | ((args: A, opts: pulumi.CustomResourceOptions, name: string) => Transformed<A> | undefined);

/** What a transform function may return; what is left out stays as the component decided. */
export interface Transformed<A> {
  readonly args?: A;
  readonly opts?: pulumi.CustomResourceOptions;
}

/**
 * A child's constructor arguments with the caller's transform applied.
 *
 * @example
 * ```ts
 * new aws.ec2.Vpc(...applyTransform(args.transform?.vpc, name, { cidrBlock }, { parent: this }));
 * ```
 */
export function applyTransform<A extends object>(
  transform: Transform<A> | undefined,
  name: string,
  args: A,
  opts: pulumi.CustomResourceOptions,
): [string, A, pulumi.CustomResourceOptions] {
  if (transform === undefined) return [name, args, opts];
  if (typeof transform !== "function") return [name, { ...args, ...transform }, opts];
  // Frozen copies turn a transform that edits in place, which could work halfway, into an error at its own line.
  const result = transform(Object.freeze({ ...args }), Object.freeze({ ...opts }), name);
  return [name, result?.args ?? args, { ...opts, ...result?.opts }];
}
