// JavaScript, since the SDK's loader hooks TypeScript entry files into ts-node; what it imports Node runs itself.
import { PolicyPack } from "@pulumi/policy";
import { keepAssets, securityPack } from "../../packs.ts";

keepAssets();
new PolicyPack("security", securityPack());
