/** Who may become a role: accounts, federations, services and pods. */
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { type HarnessResource, UNKNOWN } from "../../policies/harness/index.ts";
import {
  deputy,
  github,
  judge,
  OIDC,
  OWN,
  on,
  pods,
  role,
  rules,
  type Statement,
  TOKENS,
  TYPES,
  tokens,
} from "./support/documents.ts";

describe("trust", () => {
  test("another account needs an external id, an organization or a place in the settings", async () => {
    const other = { Principal: { AWS: "222222222222" } };
    const external = { StringEquals: { "sts:ExternalId": "7f3b" } };
    expect(rules(await judge(role(other)))).toEqual(["iam-trust-cross-account"]);
    expect(await judge(role({ ...other, Condition: external }))).toEqual([]);
    expect(await judge(role(other), { "least-privilege": { accounts: ["222222222222"] } })).toEqual([]);
    const unsettled = { ...role(other), provider: { inputs: { allowedAccountIds: UNKNOWN } } };
    const open = await judge(unsettled);
    expect(rules(open)).toEqual([UNDETERMINED]);
    expect(open[0]!.message).toContain("allowedAccountIds");
  });

  test("the provider's accounts are read from the JSON text the engine keeps them in", async () => {
    const own = {
      ...role({ Principal: { AWS: "222222222222" } }),
      provider: { inputs: { allowedAccountIds: '["222222222222"]' } },
    };
    expect(await judge(own)).toEqual([]);
  });

  test.each([["repo:*"], ["*"], ["system:serviceaccount:*:*"]])("a subject of %s says nothing", async (subject) => {
    const trust = role({
      Principal: { Federated: OIDC },
      Condition: { StringLike: { [`${TOKENS}:aud`]: "sts.amazonaws.com", [`${TOKENS}:sub`]: subject } },
    });
    expect(rules(await judge(trust))).toEqual(["iam-trust-federation"]);
  });

  const EKS = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
  test.each([
    ["an owner's repository", github("repo:acme/shop:ref:refs/heads/main"), ""],
    ["every branch of it", github("repo:acme/shop:*"), ""],
    ["an environment of it", github("repo:acme/shop:environment:production"), ""],
    ["a list of repositories", github(["repo:acme/shop:*", "repo:acme/blog:*"]), ""],
    ["a list with one that is open", github(["repo:acme/shop:*", "repo:acme/b*:*"]), "other repositories of the owner"],
    ["all of an owner's", github("repo:acme/*"), "other repositories of the owner"],
    ["what begins like it", github("repo:acme/shop*"), "other repositories of the owner"],
    ["owners that begin alike", github("repo:acme*/shop:*"), "repositories of any owner"],
    ["owners of one more character", github("repo:acme?/shop:*"), "repositories of any owner"],
    [
      "all of an owner's, and a repository by its own claim",
      github("repo:acme/*", { [`${TOKENS}:repository`]: "acme/shop" }),
      "",
    ],
    ["a subject of a form of its own", github("job_workflow_ref:acme/shop/.github/workflows/deploy.yml@*"), ""],
    ["a project of GitLab", tokens("gitlab.com", "project_path:acme/shop:ref_type:branch:ref:*"), ""],
    [
      "all of a group of GitLab",
      tokens("gitlab.com", "project_path:acme/*:ref_type:branch:ref:main"),
      "other projects of the group",
    ],
    ["a workspace", tokens("app.terraform.io", "organization:acme:project:web:workspace:shop:run_phase:*"), ""],
    [
      "all workspaces",
      tokens("app.terraform.io", "organization:acme:project:web:workspace:*:run_phase:apply"),
      "other workspaces",
    ],
    [
      "any organization",
      tokens("app.terraform.io", "organization:acme*:project:web:workspace:shop:run_phase:*"),
      "any organization",
    ],
    ["a service account", tokens(EKS, "system:serviceaccount:shop:orders"), ""],
    ["all of a namespace", tokens(EKS, "system:serviceaccount:shop:*"), ""],
    ["all of any namespace", tokens(EKS, "system:serviceaccount:*:orders"), "pods of any namespace"],
  ])("a subject of %s", async (_, trusting, open) => {
    const findings = await judge(trusting);
    expect(rules(findings)).toEqual(open === "" ? [] : ["iam-trust-subject"]);
    expect(findings.map(({ message }) => message).join()).toContain(open);
  });

  test.each([
    ["of one account", { ArnLike: { "aws:SourceArn": "arn:aws:logs:*:111111111111:*" } }, []],
    ["of any account", { ArnLike: { "aws:SourceArn": "arn:aws:logs:*:*:*" } }, ["iam-confused-deputy-source"]],
    [
      "of any account, and the account beside it",
      { ArnLike: { "aws:SourceArn": "arn:aws:logs:*:*:*" }, StringEquals: { "aws:SourceAccount": "111111111111" } },
      [],
    ],
    ["that is a bucket", { ArnLike: { "aws:SourceArn": "arn:aws:s3:::invoices-*" } }, []],
    ["that is any bucket", { ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } }, ["iam-confused-deputy-source"]],
    ["that only begins", { ArnLike: { "aws:SourceArn": "arn:aws:logs:*" } }, ["iam-confused-deputy-source"]],
  ])("a service is held to a source %s", async (_, condition, expected) => {
    expect(rules(await judge(deputy(condition)))).toEqual(expected);
  });

  /** A trust policy as an object, so that parts of it may not be known. */
  const open = (statement: Statement): HarnessResource => ({
    type: TYPES.role,
    provider: OWN,
    inputs: { assumeRolePolicy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] } },
  });
  const waited = async (resource: HarnessResource, rule: string) =>
    (await judge(resource)).some(({ policy, message }) => policy === UNDETERMINED && message.includes(rule));

  test("subjects and principals that are not known yet are waited for", async () => {
    const by = (Federated: unknown, subject: unknown) =>
      open({
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated },
        Condition: { StringLike: { [`${TOKENS}:aud`]: "sts.amazonaws.com", [`${TOKENS}:sub`]: subject } },
      });
    expect(await waited(by(OIDC, UNKNOWN), "iam-trust-subject")).toBe(true);
    expect(await waited(by(UNKNOWN, "repo:acme/shop:*"), "iam-trust-subject")).toBe(true);
    expect(await waited(by(OIDC, "repo:acme/shop:*"), "iam-trust-subject")).toBe(false);
    const served = (Service: unknown, arn: unknown) =>
      open({ Action: "sts:AssumeRole", Principal: { Service }, Condition: { ArnLike: { "aws:SourceArn": arn } } });
    expect(await waited(served(UNKNOWN, "arn:aws:logs:*:*:*"), "iam-confused-deputy-source")).toBe(true);
    // An ARN that is not known yet is another resource's.
    expect(await waited(served("logs.amazonaws.com", UNKNOWN), "iam-confused-deputy-source")).toBe(false);
    const pod = (Action: unknown, namespace: unknown, Service: unknown = "pods.eks.amazonaws.com") =>
      open({
        Action,
        Principal: { Service },
        Condition: { StringEquals: { "aws:RequestTag/kubernetes-namespace": namespace } },
      });
    expect(await waited(pod(["sts:AssumeRole", UNKNOWN], "shop"), "iam-trust-pod-identity")).toBe(true);
    expect(await waited(pod(["sts:AssumeRole", "sts:TagSession"], "shop", UNKNOWN), "iam-trust-pod-identity")).toBe(
      true,
    );
    expect(await waited(pod(["sts:AssumeRole", "sts:TagSession"], UNKNOWN), "iam-trust-pod-identity")).toBe(false);
    const later = {
      ...{ Action: ["sts:AssumeRole", "sts:TagSession"] },
      Principal: { Service: "pods.eks.amazonaws.com" },
    };
    expect(await waited(open({ ...later, Condition: UNKNOWN }), "iam-trust-pod-identity")).toBe(true);
    expect(rules(await judge(open(later)))).toContain("iam-trust-pod-identity");
  });

  test("only what the provider itself says counts as a subject, among whatever else is let in", async () => {
    const wild = { [`${TOKENS}:environment`]: "repo:acme*/shop" };
    expect(await judge(github("repo:acme/shop:*", wild))).toEqual([]);
    const both = role({
      Action: "sts:AssumeRoleWithWebIdentity",
      Principal: { Federated: ["cognito-identity.amazonaws.com", OIDC] },
      Condition: {
        StringLike: {
          "cognito-identity.amazonaws.com:aud": "eu-west-1:pool",
          [`${TOKENS}:aud`]: "sts.amazonaws.com",
          [`${TOKENS}:sub`]: "repo:acme*/shop:*",
        },
      },
    });
    expect(rules(await judge(both))).toEqual(["iam-trust-subject"]);
    const named = role({
      Principal: { AWS: `arn:aws:iam::111111111111:role/x:oidc-provider/${TOKENS}` },
      Condition: { StringLike: { [`${TOKENS}:sub`]: "repo:acme*/shop:*" } },
    });
    expect(rules(await judge(named))).not.toContain("iam-trust-subject");
  });

  test("services are deputies where they act for many: some by roles, some by what they are let into", async () => {
    const any = { ArnLike: { "aws:SourceArn": "arn:aws:x:*:*:*" } };
    const trusting = (Service: unknown, Condition: Statement = any) => role({ Principal: { Service }, Condition });
    const topic = (Service: unknown, type: string = TYPES.topicPolicy) =>
      on(type, {
        Principal: { Service },
        Action: type === TYPES.key ? "kms:Decrypt" : "sns:Publish",
        Resource: "*",
        Condition: any,
      });
    const found = async (resource: HarnessResource) =>
      rules(await judge(resource)).filter((id) => id.startsWith("iam-confused"));
    const wide = ["iam-confused-deputy-source"];
    expect(await found(trusting("states.amazonaws.com"))).toEqual(wide);
    expect(await found(trusting(["ec2.amazonaws.com", "states.amazonaws.com"]))).toEqual(wide);
    expect(await found(trusting("budgets.amazonaws.com"))).toEqual([]);
    expect(await found(topic("budgets.amazonaws.com"))).toEqual(wide);
    expect(await found(topic("states.amazonaws.com"))).toEqual([]);
    expect(await found(topic("events.amazonaws.com", TYPES.key))).toEqual(wide);
    // Conditions hold together, values of one hold each for itself.
    const own = "arn:aws:x:eu-west-1:111111111111:y";
    expect(await found(trusting("states.amazonaws.com", { ...any, ArnEquals: { "aws:SourceArn": own } }))).toEqual([]);
    expect(
      await found(trusting("states.amazonaws.com", { ArnLike: { "aws:SourceArn": [own, "arn:aws:x:*:*:z"] } })),
    ).toEqual(wide);
    expect(
      await found(
        trusting("states.amazonaws.com", {
          ArnLike: { "aws:SourceArn": own },
          StringLike: { "aws:PrincipalTag/a": "arn:aws:x:*:*:z" },
        }),
      ),
    ).toEqual([]);
  });

  test.each([
    "eks-cluster-arn",
    "eks-cluster-name",
    "kubernetes-namespace",
    "kubernetes-service-account",
    "kubernetes-pod-name",
  ])("the tag %s says which pods", async (tag) => {
    const trusting = (key: string, Action: unknown = ["sts:AssumeRole", "sts:TagSession"]) =>
      role({
        Action,
        Principal: { Service: ["pods.eks.amazonaws.com"] },
        Condition: { StringEquals: { [key]: "one" } },
      });
    const found = async (resource: HarnessResource) =>
      rules(await judge(resource)).filter((id) => id === "iam-trust-pod-identity");
    expect(await found(trusting(`aws:RequestTag/${tag}`))).toEqual([]);
    expect(await found(trusting(`aws:RequestTag/${tag}`, "sts:*"))).toEqual([]);
    expect(await found(trusting("aws:RequestTag/team"))).toEqual(["iam-trust-pod-identity"]);
    const among = role({
      Action: "sts:AssumeRole",
      Principal: { Service: ["ec2.amazonaws.com", "pods.eks.amazonaws.com"] },
    });
    expect(await found(among)).toEqual(["iam-trust-pod-identity"]);
  });

  test("an external id counts where the request has to carry it, and is one", async () => {
    const other = (operator: string, value: unknown) =>
      role({ Principal: { AWS: "222222222222" }, Condition: { [operator]: { "sts:ExternalId": value } } });
    expect(await judge(other("StringEquals", "7f3b9c"))).toEqual([]);
    expect(await judge(other("StringEquals", ["7f3b9c", "8a4c0d"]))).toEqual([]);
    for (const [operator, value] of [
      ["StringLike", "*"],
      ["StringEqualsIfExists", "7f3b9c"],
      ["StringNotEquals", "7f3b9c"],
      ["Null", "false"],
    ]) {
      expect({ operator, found: rules(await judge(other(operator!, value))) }).toEqual({
        operator,
        found: expect.arrayContaining(["iam-trust-cross-account"]),
      });
    }
  });

  test("a role for pods lets EKS tag its sessions, and says for which", async () => {
    const said = async (trusting: HarnessResource) => (await judge(trusting)).map(({ message }) => message).join();
    expect(await said(pods("sts:TagSession", "shop"))).toBe("");
    expect(await said(pods("sts:SetSourceIdentity", "shop"))).toContain("sts:TagSession is not allowed");
    expect(await said(pods("sts:TagSession", "*"))).toContain("no condition says which cluster");
    const both = role({
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Principal: { Service: "pods.eks.amazonaws.com" },
      Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:eks:eu-west-1:111111111111:cluster/main" } },
    });
    expect(await said(both)).toBe("");
  });

  test("a service is the same in every region", async () => {
    expect(rules(await judge(role({ Principal: { Service: "logs.eu-west-1.amazonaws.com" } })))).toEqual([
      "iam-confused-deputy",
    ]);
  });

  test.each([
    ["arn:aws:iam::111111111111:saml-provider/people", "SAML:aud", "https://signin.aws.amazon.com/saml"],
    ["cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud", "eu-west-1:pool"],
  ])("a federation by %s is held to %s", async (Federated, key, value) => {
    expect(rules(await judge(role({ Principal: { Federated } })))).toEqual(["iam-trust-federation"]);
    expect(await judge(role({ Principal: { Federated }, Condition: { StringEquals: { [key]: value } } }))).toEqual([]);
  });

  test("services that send no source need no condition", async () => {
    expect(await judge(role({ Principal: { Service: ["ec2.amazonaws.com", "lambda.amazonaws.com"] } }))).toEqual([]);
  });
});
