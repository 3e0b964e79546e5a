/** Machine images: those of the account, and for the many public ones an image that is as the search says. */
import { createHash } from "node:crypto";
import type { InvokeContext, InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isObject } from "../values.ts";
import { only, select } from "./lookup.ts";

/** From the documentation of each publisher; `amazon` and the like are AWS's own aliases. */
const OWNERS: Readonly<Record<string, string>> = {
  amazon: "137112412989",
  "aws-marketplace": "679593333241",
  microsoft: "801119661308",
};
const IMAGE = "aws:ec2/ami:Ami";

const getAmi: InvokeHandler = (args, context) => {
  const own = ownImages(args, context);
  if (own !== undefined) return described(args.mostRecent === true ? own.at(-1)! : only("aws:ec2/getAmi:getAmi", own));
  return publicImage(args, context);
};

const getAmiIds: InvokeHandler = (args, context) => ({
  id: context.region,
  ids: (ownImages(args, context) ?? [publicImage(args, context)]).map(({ id }) => id ?? ""),
});

/** Undefined when the search is for others' images. */
function ownImages(args: JsonObject, context: InvokeContext): JsonObject[] | undefined {
  const owners = texts(args.owners);
  const owned = owners.includes("self") || owners.includes(context.account);
  const found = select(context, IMAGE, {}, args.filters === undefined ? {} : { filters: args.filters });
  if (owned && found.length === 0) only("aws:ec2/getAmi:getAmi", found);
  return owned || (owners.length === 0 && found.length > 0) ? found : undefined;
}

function described(image: JsonObject): JsonObject {
  return { ...image, imageId: image.id ?? "", creationDate: "", ownerId: image.ownerId ?? "", state: "available" };
}

/**
 * AWS publishes thousands of images and replaces them weekly, so none is listed here: the first name that would be
 * found stands for the newest one, always with the same id.
 */
function publicImage(args: JsonObject, { region }: InvokeContext): JsonObject {
  const wanted = (name: string) => filterOf(args.filters, name)[0];
  const pattern = wanted("name") ?? (typeof args.nameRegex === "string" ? args.nameRegex : "al2023-ami-*");
  const name = pattern
    .replace(/[\^$\\]/g, "")
    .replace(/\.\*/g, "*")
    .replaceAll("*", "20260101")
    .replaceAll("?", "0");
  const owner = texts(args.owners)[0] ?? "amazon";
  const architecture = wanted("architecture") ?? (/arm64|aarch64/.test(name) ? "arm64" : "x86_64");
  const rootDeviceName = /ubuntu|debian|windows/i.test(name) ? "/dev/sda1" : "/dev/xvda";
  const source = JSON.stringify([region, owner, name, architecture]);
  const digits = createHash("sha256").update(source).digest("hex");
  const id = wanted("image-id") ?? `ami-${digits.slice(0, 17)}`;
  const snapshot = `snap-${digits.slice(17, 34)}`;
  const windows = /windows/i.test(name);
  return {
    ...{ id, imageId: id, name, architecture, rootDeviceName, description: name },
    arn: `arn:aws:ec2:${region}::image/${id}`,
    blockDeviceMappings: [
      {
        ...{ deviceName: rootDeviceName, noDevice: "", virtualName: "" },
        ebs: {
          ...{ delete_on_termination: "true", encrypted: "false", iops: "0", snapshot_id: snapshot },
          ...{ throughput: "0", volume_initialization_rate: "0", volume_size: "8", volume_type: "gp3" },
        },
      },
    ],
    bootMode: "uefi-preferred",
    creationDate: "2026-01-01T00:00:00.000Z",
    deprecationTime: "2028-01-01T00:00:00.000Z",
    enaSupport: true,
    hypervisor: "xen",
    imageLocation: `${owner}/${name}`,
    imageOwnerAlias: owner in OWNERS ? owner : "",
    imageType: "machine",
    imdsSupport: "v2.0",
    kernelId: "",
    lastLaunchedTime: "",
    ownerId: OWNERS[owner] ?? owner,
    platform: windows ? "windows" : "",
    platformDetails: windows ? "Windows" : "Linux/UNIX",
    productCodes: [],
    public: true,
    ramdiskId: "",
    rootDeviceType: wanted("root-device-type") ?? "ebs",
    rootSnapshotId: snapshot,
    sriovNetSupport: "simple",
    state: "available",
    stateReason: { code: "UNSET", message: "UNSET" },
    tags: {},
    tpmSupport: "",
    usageOperation: windows ? "RunInstances:0002" : "RunInstances",
    virtualizationType: wanted("virtualization-type") ?? "hvm",
  };
}

function filterOf(filters: Json | undefined, name: string): string[] {
  const found = Array.isArray(filters) ? filters.find((filter) => isObject(filter) && filter.name === name) : undefined;
  return isObject(found) ? texts(found.values) : [];
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export const imageFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:ec2/getAmi:getAmi": getAmi,
  "aws:ec2/getAmiIds:getAmiIds": getAmiIds,
};
