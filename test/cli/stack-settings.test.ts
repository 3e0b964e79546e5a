import { readStackSettings, refuseForeignSecrets } from "../../cli/stack-settings.ts";

const FOREIGN = `encryptionsalt: v1:4bO6SAjGN6g=:v1:IDPCqJ0oWpqSWzTs:ULTHRtr46ojJTxV8UA4QKhjMUvSlzA==
config:
  aws:region: eu-west-1
  # of the team
  app:title: "it's on"
  app:zones:
    - a
    - b

  app:password:
    secure: v1:abcdabcdabcdabcd:ULTHRtr46ojJTxV8UA4QKhjMUvSlzA==
  app:url: https://example.com/a
`;

it("says which settings cannot be read here, and gives the commands that take the others over", () => {
  const settings = readStackSettings("/program/Pulumi.dev.yaml", FOREIGN);
  expect(settings).toMatchObject({ structured: ["app:zones"], secret: ["app:password"], hasPassphrase: true });
  expect(() => refuseForeignSecrets(settings)).toThrow(
    [
      "Pulumi.dev.yaml holds secrets (app:password) of its own backend, which cannot be read on the simulated cloud. " +
        "Take a stack of another name; this one stays as it is:",
      "  npx causeway cloud run --stack simulated -- pulumi config set-all --plaintext aws:region=eu-west-1 " +
        "--plaintext 'app:title=it'\\''s on' --plaintext app:url=https://example.com/a --secret 'app:password=…'",
      "  (and `pulumi config set --path` for app:zones)",
      "  npx causeway cloud run --stack simulated -- pulumi up",
    ].join("\n"),
  );
});

it.each([
  ["without secrets", "config:\n  aws:region: eu-west-1\n"],
  ["with a key service but nothing encrypted", "secretsprovider: awskms://alias/k\nencryptedkey: AQIC\n"],
  ["that are empty", ""],
])("takes settings %s", (_, text) => {
  expect(() => refuseForeignSecrets(readStackSettings("Pulumi.dev.yaml", text))).not.toThrow();
});
