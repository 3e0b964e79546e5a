/** How the tokens of an identity provider that serves many customers name whose they are. */
export interface TokenSubject {
  /** Issuer as it stands in the provider's ARN. */
  readonly issuer: RegExp;
  /** What people call it. */
  readonly name: string;
  /** The parts of a subject by which it is somebody's, and what is left open by a wildcard in them. */
  readonly parts: readonly { readonly before: string; readonly until: RegExp; readonly open: string }[];
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
      { before: "repo:", until: /\//, open: "repositories of any owner" },
      { before: "/", until: /:/, open: "other repositories of the owner" },
    ],
    otherClaims: ["repository", "repository_id", "job_workflow_ref"],
  },
  {
    issuer: /^gitlab\./,
    name: "GitLab",
    parts: [
      { before: "project_path:", until: /\//, open: "projects of any group" },
      { before: "/", until: /:/, open: "other projects of the group" },
    ],
    otherClaims: ["project_path", "project_id"],
  },
  {
    issuer: /^app\.terraform\.io/,
    name: "Terraform Cloud",
    parts: [
      { before: "organization:", until: /:/, open: "any organization" },
      { before: "project:", until: /:/, open: "other projects" },
      { before: "workspace:", until: /:/, open: "other workspaces" },
    ],
    otherClaims: ["terraform_workspace_id"],
  },
  {
    issuer: /^agent\.buildkite\.com/,
    name: "Buildkite",
    parts: [
      { before: "organization:", until: /:/, open: "any organization" },
      { before: "pipeline:", until: /:/, open: "other pipelines" },
    ],
    otherClaims: ["pipeline_id"],
  },
  {
    issuer: /^oidc\.eks\./,
    name: "the cluster",
    parts: [{ before: "system:serviceaccount:", until: /:/, open: "pods of any namespace" }],
    otherClaims: [],
  },
];
