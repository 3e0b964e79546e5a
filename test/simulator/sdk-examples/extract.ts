/** Finds the examples in the installed SDK's documentation, and which of them are whole programs. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The SDK's folders by the name AWS gives the service. */
export const SERVICES: Readonly<Record<string, readonly string[]>> = {
  ACM: ["acm"],
  AppConfig: ["appconfig"],
  "Auto Scaling": ["autoscaling", "appautoscaling"],
  Backup: ["backup"],
  Budgets: ["budgets"],
  "CloudWatch, Logs and EventBridge": ["cloudwatch", "scheduler"],
  DynamoDB: ["dynamodb"],
  "EC2 and VPC": ["ec2", "vpc"],
  ECS: ["ecs"],
  EKS: ["eks"],
  "Elastic Load Balancing": ["lb", "alb"],
  FIS: ["fis"],
  IAM: ["iam"],
  KMS: ["kms"],
  Lambda: ["lambda"],
  "RDS and Aurora": ["rds"],
  "Route 53": ["route53"],
  S3: ["s3"],
  "Secrets Manager": ["secretsmanager"],
  SNS: ["sns"],
  SQS: ["sqs"],
  SSM: ["ssm"],
  "Step Functions": ["sfn"],
  Synthetics: ["synthetics"],
};

export interface Example {
  /** `ec2/vpc#2`: the file of the type, and which of its examples. */
  readonly name: string;
  readonly service: string;
  readonly program: string;
}

/** All TypeScript examples of the listed services, in a fixed order. */
export function extractExamples(root: string): Example[] {
  const sdk = join(root, "node_modules", "@pulumi", "aws");
  return Object.entries(SERVICES).flatMap(([service, modules]) =>
    modules.flatMap((module) =>
      readdirSync(join(sdk, module))
        .filter((file) => file.endsWith(".d.ts"))
        .sort()
        .flatMap((file) =>
          examplesIn(readFileSync(join(sdk, module, file), "utf8")).map((program, at) => ({
            name: `${module}/${file.replace(/\.d\.ts$/, "")}#${at + 1}`,
            service,
            program,
          })),
        ),
    ),
  );
}

/** A function's documentation stands twice where it has a form for outputs too. */
function examplesIn(declarations: string): string[] {
  const blocks = [...declarations.matchAll(/^ *\* ```typescript\n([\s\S]*?)^ *\* ```$/gm)];
  return [...new Set(blocks.map(([, block = ""]) => block.replace(/^ *\* ?/gm, "").replaceAll("&#47;", "/")))];
}

/** Those that the compiler accepts as they stand: with what they use declared, and imported from what is installed. */
export function wholePrograms(root: string, examples: readonly Example[]): Example[] {
  const folder = mkdtempSync(join(tmpdir(), "sdk-examples-"));
  try {
    mkdirSync(join(folder, "programs"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: OPTIONS, include: ["programs"] }));
    const left = new Map(examples.map((example, at) => [join("programs", `${at}.ts`), example]));
    for (const [file, { program }] of left) writeFileSync(join(folder, file), program);
    // While one file cannot be parsed the compiler says nothing of what the others mean, so it is asked again.
    for (;;) {
      const refused = refusedFiles(root, folder);
      if (refused.size === 0) return [...left.values()];
      for (const file of refused) {
        if (!left.delete(file)) throw new Error(`the compiler refuses ${file}, which is no example`);
        rmSync(join(folder, file));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refusedFiles(root: string, folder: string): Set<string> {
  const compiler = join(root, "node_modules", "typescript-native", "bin", "tsc");
  const { status, stdout, error } = spawnSync(process.execPath, [compiler, "-p", folder], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  const refused = new Set([...stdout.matchAll(/^(\S+\.ts)\(\d+,\d+\): error/gm)].map(([, file = ""]) => file));
  if (status !== 0 && refused.size === 0) throw new Error(`the compiler did not run: ${stdout.slice(0, 500)}`);
  return refused;
}

/** As `pulumi new aws-typescript` sets them. */
const OPTIONS = {
  strict: true,
  target: "es2020",
  module: "nodenext",
  moduleResolution: "nodenext",
  moduleDetection: "force",
  noEmit: true,
  skipLibCheck: true,
  types: ["node"],
};
