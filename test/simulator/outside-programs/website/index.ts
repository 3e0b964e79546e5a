/** A public website in a bucket, as a first program: the default provider, names left to Pulumi. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const bucket = new aws.s3.Bucket("site");
const website = new aws.s3.BucketWebsiteConfiguration("site", {
  bucket: bucket.id,
  indexDocument: { suffix: "index.html" },
});
const access = new aws.s3.BucketPublicAccessBlock("site", { bucket: bucket.id, blockPublicPolicy: false });
new aws.s3.BucketObjectv2("index", {
  bucket: bucket.id,
  key: "index.html",
  source: new pulumi.asset.StringAsset("<h1>Hello</h1>"),
  contentType: "text/html",
});
// The policy as an object, with an output inside.
new aws.s3.BucketPolicy(
  "public",
  {
    bucket: bucket.id,
    policy: {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: pulumi.interpolate`${bucket.arn}/*` },
      ],
    },
  },
  { dependsOn: access },
);

export const url = website.websiteEndpoint;
