// JavaScript, since the SDK's loader hooks TypeScript entry files into ts-node; what it imports Node runs itself.
import { PolicyPack } from "@pulumi/policy";
import { keepAssets, kubernetesPack } from "../../packs.ts";

keepAssets();
new PolicyPack("kubernetes", kubernetesPack());
