/** How the tokens of an identity provider that serves many customers name whose they are. */
export interface TokenSubject {
  /** Issuer as it stands in the provider's ARN. */
  readonly issuer: RegExp;
  /** What people call it. */
  readonly name: string;
  /** The parts of a subject by which it is somebody's, from the widest on, and what a wildcard in one leaves open. */
  readonly parts: readonly { readonly part: RegExp; readonly open: string }[];
  /** Other claims that say whose a token is, as AWS takes them in conditions. */
  readonly otherClaims: readonly string[];
}

/**
 * Providers that AWS accounts trust most, each by its own documentation:
 * https://docs.github.com/actions/concepts/security/openid-connect, https://docs.gitlab.com/ci/secrets/id_token_authentication/,
 * https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens,
 * https://buildkite.com/docs/pipelines/security/oidc, https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
export const TOKEN_SUBJECTS: readonly TokenSubject[] = [
  {
    issuer: /^token\.actions\.githubusercontent\.com/,
    name: "GitHub",
    parts: [
      { part: /^repo:([^/]*)/, open: "repositories of any owner" },
      { part: /^repo:[^/]*\/([^:]*)/, open: "other repositories of the owner" },
    ],
    otherClaims: ["repository", "repository_id", "job_workflow_ref"],
  },
  {
    issuer: /^gitlab\./,
    name: "GitLab",
    parts: [
      { part: /^project_path:([^/]*)/, open: "projects of any group" },
      { part: /^project_path:[^/]*\/([^:]*)/, open: "other projects of the group" },
    ],
    otherClaims: ["project_path", "project_id"],
  },
  {
    issuer: /^app\.terraform\.io/,
    name: "Terraform Cloud",
    parts: [
      { part: /^organization:([^:]*)/, open: "any organization" },
      { part: /:project:([^:]*)/, open: "other projects" },
      { part: /:workspace:([^:]*)/, open: "other workspaces" },
    ],
    otherClaims: ["terraform_workspace_id"],
  },
  {
    issuer: /^agent\.buildkite\.com/,
    name: "Buildkite",
    parts: [
      { part: /^organization:([^:]*)/, open: "any organization" },
      { part: /:pipeline:([^:]*)/, open: "other pipelines" },
    ],
    otherClaims: ["pipeline_id"],
  },
  {
    issuer: /^oidc\.eks\./,
    name: "the cluster",
    parts: [{ part: /^system:serviceaccount:([^:]*)/, open: "pods of any namespace" }],
    otherClaims: [],
  },
];
