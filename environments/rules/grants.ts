import { nearest } from "../model/nearest.ts";
import { present, type Rule, servicesOf } from "./rule.ts";

/** Parts of an environment that a grant may name; the program puts in their ARNs. */
export const GRANT_REFERENCES = ["ref:database", "ref:database.secret"] as const;
export type GrantReference = (typeof GRANT_REFERENCES)[number];

/** Actions services commonly need and for which AWS asks for no resource, so that only * allows them. */
export const ACTIONS_WITHOUT_RESOURCE: readonly string[] = [
  "cloudwatch:PutMetricData",
  "ecr:GetAuthorizationToken",
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
];

const ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;
const ARN = /^arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*|\{region\}):(\d{12}|\{account\}|aws)?:.+$/;

/** Whether a grant's resource names a part of the environment rather than an ARN. */
export function isReference(resource: string): resource is GrantReference {
  return (GRANT_REFERENCES as readonly string[]).includes(resource);
}

/** What of a resource stands for more than one thing: everything, or everything of a service. */
function isTooWide(resource: string): boolean {
  return /^[*?]+$/.test(resource) || /^arn(:[^:]*){4}:[*?]+$/.test(resource);
}

/** A service may do what it names, on what it names. */
export const grantRule: Rule = (env, report) => {
  for (const [path, service] of servicesOf(env)) {
    const seen = new Set<string>();
    (service.grants ?? []).forEach((grant, index) => {
      const at = `${path}.grants[${index}]`;
      const actions = present(grant?.actions);

      if (grant?.id !== undefined && seen.has(grant.id)) {
        report(`${at}.id`, `"${grant.id}" is the id of another grant of the service.`, "Give each grant its own id.");
      }
      if (grant?.id !== undefined) seen.add(grant.id);

      grant?.actions?.forEach((action, place) => {
        if (action === undefined || ACTION.test(action)) return;
        const wide = /[*?]/.test(action);
        report(
          `${at}.actions[${place}]`,
          wide ? `"${action}" grants more than one action.` : `"${action}" is not an IAM action.`,
          wide ? "List the actions the service really calls." : "Write service:Action, such as s3:GetObject.",
        );
      });

      grant?.resources?.forEach((resource, place) => {
        if (resource === undefined || isReference(resource)) return;
        const property = `${at}.resources[${place}]`;
        if (resource.startsWith("ref:")) {
          const meant = nearest(resource, GRANT_REFERENCES);
          const hint = meant === undefined ? "" : `Did you mean "${meant}"? `;
          report(
            property,
            `"${resource}" names no part of an environment.`,
            `${hint}Known: ${GRANT_REFERENCES.join(", ")}.`,
          );
        } else if (isTooWide(resource)) {
          const narrow = actions.filter((action) => !ACTIONS_WITHOUT_RESOURCE.includes(action));
          if (resource === "*" && actions.length > 0 && narrow.length === 0) return;
          report(
            property,
            `"${resource}" grants ${narrow.length === 0 ? "the actions" : narrow.join(", ")} on everything.`,
            "Name the resources; only actions that AWS cannot narrow may have *, in a grant of their own.",
          );
        } else if (!ARN.test(resource)) {
          report(property, `"${resource}" is not an ARN.`, "Write arn:aws:<service>:{region}:{account}:<resource>.");
        }
      });

      if (env.data !== undefined && env.data.database === undefined && present(grant?.resources).some(isReference)) {
        report(
          `${at}.resources`,
          "the environment has no database to refer to.",
          "Add data.database, or remove the grant.",
          ["data.database"],
        );
      }
    });
  }
};
