/** What these programs use of `@pulumi/random`, with the type tokens and secrets of the real SDK. */
import * as pulumi from "@pulumi/pulumi";

export class RandomPassword extends pulumi.CustomResource {
  declare readonly result: pulumi.Output<string>;

  constructor(name: string, args: { length: number; minSpecial?: number }) {
    const inputs = { ...args, result: undefined, bcryptHash: undefined };
    const options = { additionalSecretOutputs: ["result", "bcryptHash"] };
    super("random:index/randomPassword:RandomPassword", name, inputs, options);
  }
}

export class RandomPet extends pulumi.CustomResource {
  constructor(name: string, args: { keepers?: Record<string, pulumi.Input<string>> } = {}) {
    super("random:index/randomPet:RandomPet", name, args);
  }
}
