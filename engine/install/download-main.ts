/*
 * Run by `download.ts` as a process of its own, which can be ended in the middle: `download-main.ts VERSION FOLDER`.
 * Exit code 3: the download site cannot be reached.
 */
const [version = "", root = ""] = process.argv.slice(2);

try {
  // A closed network must not cost minutes: look first whether anyone is there.
  const response = await fetch("https://get.pulumi.com/install.sh", {
    method: "HEAD",
    signal: AbortSignal.timeout(8_000),
  });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
} catch (error) {
  const cause = (error as { cause?: Error }).cause;
  console.error(`get.pulumi.com cannot be reached (${cause?.message || (error as Error).message})`);
  process.exit(3);
}
try {
  // Loading the SDK takes a second, which a closed network need not wait for.
  const [{ automation }, semver] = await Promise.all([import("@pulumi/pulumi"), import("semver")]);
  await automation.PulumiCommand.install({ version: new semver.SemVer(version), root });
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

export {};
