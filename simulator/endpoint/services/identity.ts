/** Security Token Service: who asks. */
import type { StaticOperationSchema, StaticStructureSchema } from "@smithy/types";
import { type EndpointCall, reads, type Service } from "../types.ts";

const NAMESPACE = "com.amazonaws.sts";
const request: StaticStructureSchema = [3, NAMESPACE, "GetCallerIdentityRequest", 0, [], []];
const members = ["UserId", "Account", "Arn"];
const response: StaticStructureSchema = [3, NAMESPACE, "GetCallerIdentityResponse", 0, members, [0, 0, 0]];
const GetCallerIdentity$: StaticOperationSchema = [9, NAMESPACE, "GetCallerIdentity", 0, () => request, () => response];

/** The same as programs get from `getCallerIdentity`. */
function getCallerIdentity(_: object, { account }: EndpointCall) {
  return { UserId: "AIDASIMULATEDCLOUD000", Account: account, Arn: `arn:aws:iam::${account}:user/simulated` };
}

export const IDENTITY: Service = {
  name: "sts",
  version: "2011-06-15",
  target: "AWSSecurityTokenServiceV20110615",
  xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  throttling: "Throttling",
  operations: [reads(GetCallerIdentity$, getCallerIdentity, "always the one user `simulated`")],
};
