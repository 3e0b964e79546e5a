// JavaScript, since the SDK's loader hooks TypeScript entry files into ts-node; what it imports Node runs itself.
import { PolicyPack } from "@pulumi/policy";
import { kubernetesPack } from "../../packs.ts";

new PolicyPack("kubernetes", kubernetesPack());
