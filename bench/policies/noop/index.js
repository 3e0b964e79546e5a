import { PolicyPack } from "@pulumi/policy";

new PolicyPack("noop", {
  policies: [{ name: "noop", description: "Says nothing.", enforcementLevel: "advisory", validateResource: () => {} }],
});
