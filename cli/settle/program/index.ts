/**
 * Calls functions of the aws provider and writes down what they answer. It is only ever previewed: functions are called
 * in a preview too, and nothing can be created.
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { Answer, Question } from "../questions.ts";

/** Without @pulumi/aws, whose import takes longer than all the rest. */
class AwsProvider extends pulumi.ProviderResource {}

const questions: readonly Question[] = JSON.parse(readFileSync(process.env.CAUSEWAY_QUESTIONS ?? "", "utf8"));
const providers = new Map<string, AwsProvider>();

function providerOf({ provider }: Question): AwsProvider {
  const key = JSON.stringify(provider);
  const { version, ...args } = provider;
  const options = version === undefined ? {} : { version };
  const made = providers.get(key) ?? new AwsProvider("aws", `aws-${providers.size + 1}`, args, options);
  providers.set(key, made);
  return made;
}

async function ask(question: Question): Promise<Answer> {
  try {
    return { result: await pulumi.runtime.invoke(question.token, question.args, { provider: providerOf(question) }) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const answers = await Promise.all(questions.map(ask));
writeFileSync(process.env.CAUSEWAY_ANSWERS ?? "", JSON.stringify(answers), { mode: 0o600 });
