import { RegisterScalableTargetCommand } from "@aws-sdk/client-application-auto-scaling";
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { ModifyRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Action } from "../../contracts/ledger.ts";
import type { ReleaseTarget } from "../../contracts/target.ts";
import type { ActionContext, ActionResult, Actor, Clock, Ledger } from "../ports.ts";
import type { AwsClients } from "./clients.ts";
import { type Deadline, sendWithin } from "./deadline.ts";
import { AwsCallError, isRefusal } from "./errors.ts";
import { type RunCommand, runHook } from "./hooks.ts";
import { scalableId } from "./observer.ts";
import { probe, smokeTest, type Testing } from "./probes.ts";
import type { Reach } from "./requests.ts";
import { describeRules, ruleState, withWeights } from "./rules.ts";

export interface AwsActorOptions {
  readonly environment: string;
  readonly service: string;
  readonly target: ReleaseTarget;
  readonly clients: AwsClients;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly reach?: Reach | undefined;
  readonly runCommand?: RunCommand | undefined;
}

type Of<T extends Action["type"]> = Extract<Action, { readonly type: T }>;

/** Does in AWS what the release decides. */
export class AwsActor implements Actor {
  readonly #options: AwsActorOptions;

  constructor(options: AwsActorOptions) {
    this.#options = options;
  }

  async perform(action: Action, context: ActionContext): Promise<ActionResult> {
    const { clock } = this.#options;
    const deadline: Deadline = { at: context.deadline, clock };
    try {
      return await this.#perform(action, context, deadline);
    } catch (error) {
      const failure = error instanceof AwsCallError ? error : new AwsCallError(action.type, error);
      // Refused is an answer, and its reason belongs into the ledger. Everything else is looked up again.
      if (isRefusal(failure)) return { ok: false, detail: failure.message };
      throw failure;
    }
  }

  async #perform(action: Action, context: ActionContext, deadline: Deadline): Promise<ActionResult> {
    const { clients, clock, runCommand } = this.#options;
    switch (action.type) {
      case "setWeights":
        return this.#setWeights(action, deadline);
      case "setDesiredCount":
        return this.#setDesiredCount(action, deadline);
      case "setScalableMinimum":
        return this.#setScalableMinimum(action, deadline);
      case "deploy":
        return this.#deploy(action, deadline);
      case "smokeTest":
        return smokeTest(this.#testing(deadline), action);
      case "probe":
        return probe(this.#testing(deadline), action, context.plan);
      case "runHook": {
        const hook = context.plan.hooks.find(({ id }) => id === action.hook);
        if (hook === undefined) return { ok: false, detail: `The plan has no hook "${action.hook}".` };
        return runHook(clients, hook, context, clock, runCommand);
      }
    }
  }

  #testing(deadline: Deadline): Testing {
    const { clients, target, ledger, environment, service, reach } = this.#options;
    return { balancing: clients.balancing, target, ledger, key: { environment, service }, reach, deadline };
  }

  /** One call for each rule, both weights and stickiness together, and a look whether the rule says so. */
  async #setWeights({ rules, weights, stickiness }: Of<"setWeights">, deadline: Deadline): Promise<ActionResult> {
    const { clients, target } = this.#options;
    for (const RuleArn of rules) {
      const [rule] = await describeRules(clients.balancing, [RuleArn]);
      if (rule === undefined) return { ok: false, detail: `The rule ${RuleArn} does not exist. Run \`up\`.` };
      const Actions = [...withWeights(rule, target, weights, stickiness)];
      await sendWithin(deadline, `writing the weights of ${RuleArn}`, (guard) => {
        const command = new ModifyRuleCommand({ RuleArn, Actions });
        command.middlewareStack.use(guard());
        return clients.balancing.send(command);
      });
    }
    const written = (await describeRules(clients.balancing, rules)).map((rule) => ruleState(rule, target));
    for (const arn of rules) {
      const now = written.find((rule) => rule.arn === arn)?.weights;
      if (now?.blue !== weights.blue || now.green !== weights.green) {
        const seen = now === undefined ? "is gone" : `says blue ${now.blue}, green ${now.green}`;
        throw new AwsCallError(
          `reading back ${arn}`,
          new Error(`it was written, and ${seen}`),
          "It is looked up again.",
        );
      }
    }
    return { ok: true, detail: `Every rule says blue ${weights.blue}, green ${weights.green}.` };
  }

  async #setDesiredCount({ colour, count }: Of<"setDesiredCount">, deadline: Deadline): Promise<ActionResult> {
    const { clients, target } = this.#options;
    const service = target.services[colour];
    await sendWithin(deadline, `setting the desired count of ${service} to ${count}`, (guard) => {
      const command = new UpdateServiceCommand({ cluster: target.cluster, service, desiredCount: count });
      command.middlewareStack.use(guard());
      return clients.ecs.send(command);
    });
    return { ok: true, detail: `${service} was asked for ${count} tasks.` };
  }

  async #setScalableMinimum({ colour, minimum }: Of<"setScalableMinimum">, deadline: Deadline): Promise<ActionResult> {
    const { clients, target } = this.#options;
    const ResourceId = scalableId(target, colour);
    await sendWithin(deadline, `setting the minimum of ${ResourceId} to ${minimum}`, (guard) => {
      const command = new RegisterScalableTargetCommand({
        ServiceNamespace: "ecs",
        ScalableDimension: "ecs:service:DesiredCount",
        ResourceId,
        MinCapacity: minimum,
      });
      command.middlewareStack.use(guard());
      return clients.scaling.send(command);
    });
    return { ok: true, detail: `Autoscaling keeps ${minimum} tasks of ${colour}.` };
  }

  async #deploy(action: Of<"deploy">, deadline: Deadline): Promise<ActionResult> {
    const { clients, target } = this.#options;
    const { taskDefinition, minimumHealthyPercent, maximumPercent } = action;
    const service = target.services[action.colour];
    await sendWithin(deadline, `deploying ${taskDefinition} to ${service}`, (guard) => {
      const command = new UpdateServiceCommand({
        ...{ cluster: target.cluster, service, taskDefinition },
        deploymentConfiguration: {
          ...{ minimumHealthyPercent, maximumPercent },
          // As infrastructure code says it, or every update would find it changed. A replacement that ECS takes back is
          // seen as failed, and the release goes back to the same revision.
          deploymentCircuitBreaker: { enable: true, rollback: true },
        },
      });
      command.middlewareStack.use(guard());
      return clients.ecs.send(command);
    });
    return { ok: true, detail: `${service} replaces its tasks by ${taskDefinition}.` };
  }
}
