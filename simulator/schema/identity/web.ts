/** Addresses that AWS gives to websites and HTTP APIs. */
import type { IdentityKit, Rule } from "./kit.ts";

/** Regions from before 2014 keep a hyphen before their name ("Website endpoints", Amazon S3 User Guide). */
const HYPHENATED: ReadonlySet<string> = new Set([
  ...["us-east-1", "us-west-1", "us-west-2", "eu-west-1", "sa-east-1"],
  ...["ap-northeast-1", "ap-southeast-1", "ap-southeast-2"],
]);

const website: Rule = (kit) => {
  const owner = kit.text("expectedBucketOwner");
  const name = kit.need("bucket");
  const domain = `s3-website${HYPHENATED.has(kit.region) ? "-" : "."}${kit.region}.${kit.dnsSuffix}`;
  return {
    id: kit.id(() => (owner ? `${name},${owner}` : name)),
    outputs: { websiteDomain: domain, websiteEndpoint: `${name}.${domain}` },
  };
};

/** Ten letters and digits, in the address as in the ARN. */
const apiId = (kit: IdentityKit) => kit.id(() => kit.hex(10));

const httpApi: Rule = (kit) => {
  const id = apiId(kit);
  const scheme = kit.text("protocolType") === "WEBSOCKET" ? "wss" : "https";
  return {
    id,
    arn: kit.arn("apigateway", `/apis/${id}`, { account: "" }),
    outputs: {
      apiEndpoint: `${scheme}://${id}.execute-api.${kit.region}.${kit.dnsSuffix}`,
      executionArn: kit.arn("execute-api", id),
    },
  };
};

export const WEB_RULES: Readonly<Record<string, Rule>> = {
  "s3/BucketWebsiteConfiguration": website,
  "apigatewayv2/Api": httpApi,
};
