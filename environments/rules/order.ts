import { nearest } from "../model/nearest.ts";
import { circles } from "../order.ts";
import { present, type Rule, servicesOf } from "./rule.ts";

/** What a service's releases come after are other services of the environment, and somebody is first. */
export const orderRule: Rule = (env, report) => {
  const services = servicesOf(env);
  const names = services.flatMap(([, { name }]) => (name === undefined ? [] : [name]));
  const order = new Map<string, string[]>();
  for (const [path, { name, release }] of services) {
    const after = present(release?.after);
    for (const [index, other] of (release?.after ?? []).entries()) {
      if (other === undefined) continue;
      if (other === name) {
        report(`${path}.release.after[${index}]`, `"${other}" is the service itself.`, "Remove it.");
      } else if (!names.includes(other)) {
        const meant = nearest(other, names);
        report(
          `${path}.release.after[${index}]`,
          `the environment has no service "${other}" that is released.`,
          `${meant === undefined ? "" : `Did you mean "${meant}"? `}Its services: ${names.join(", ")}.`,
        );
      }
    }
    if (name !== undefined)
      order.set(
        name,
        after.filter((other) => other !== name && names.includes(other)),
      );
  }
  for (const circle of circles(order)) {
    const [path] = services.find(([, { name }]) => name === circle[0])!;
    report(
      `${path}.release.after`,
      `"${circle[0]}" comes after ${[...circle.slice(1), circle[0]].map((name) => `"${name}"`).join(", which comes after ")}: none of them could be first.`,
      "Remove one of these, such as that of the service whose old version can do with the new ones.",
    );
  }
};
