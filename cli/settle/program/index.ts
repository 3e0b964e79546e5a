/**
 * Calls functions of the aws provider and writes down what they answer. It is only ever previewed: functions are called
 * in a preview too, and nothing can be created.
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Answer, Question } from "../questions.ts";

const questions: readonly Question[] = JSON.parse(readFileSync(process.env.CAUSEWAY_QUESTIONS ?? "", "utf8"));
const providers = new Map<string, aws.Provider>();

function providerOf({ provider }: Question): aws.Provider {
  const key = JSON.stringify(provider);
  const made = providers.get(key) ?? new aws.Provider(`aws-${providers.size + 1}`, provider as aws.ProviderArgs);
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
