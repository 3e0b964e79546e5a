import "../../policies/packs.ts";
import { type IamAction, iamAction } from "../../policies/data/iam.ts";
import { Property } from "../../policies/framework/property.ts";
import { Report, type RuleResource } from "../../policies/framework/rule.ts";
import { actionsOf } from "../../policies/iam/actions.ts";
import { type OpenActions, openActions } from "../../policies/iam/allowed.ts";
import type { Statement } from "../../policies/iam/document.ts";
import { readDocuments } from "../../policies/iam/documents.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import type { CorpusDocument } from "./corpus.ts";

/** What the judges' data know of an action. */
export interface AboutAction {
  readonly sentry: { readonly level: string; readonly starOnly: boolean } | null;
  readonly parliament: boolean;
  /** Whether parliament's data has a resource type that the action asks for. */
  readonly parliamentRequires: boolean;
}

/** A document as our rules see it. */
export class Facts {
  readonly document: Readonly<Record<string, unknown>>;
  readonly resource: RuleResource;
  readonly statements: readonly Statement[];
  readonly open: OpenActions | undefined;
  readonly #messages = new Map<string, readonly string[]>();

  constructor({ document, account }: Pick<CorpusDocument, "document" | "account">) {
    this.document = document;
    const type = account ? "aws:iam/role:Role" : "aws:iam/policy:Policy";
    this.resource = {
      ...{ type, name: "judged", urn: `urn:pulumi:test::judges::${type}::judged` },
      inputs: new Property("", { [account ? "assumeRolePolicy" : "policy"]: document }),
      provider: new Property("", account ? { allowedAccountIds: [account] } : undefined),
    };
    const documents = readDocuments(this.resource);
    const read = documents.flatMap(({ reading }) => (reading.state === "read" ? [reading] : []));
    this.statements = read.flatMap(({ statements }) => statements);
    this.open = openActions(this.resource, new Report())[0];
  }

  /** What one of our rules says of the document. */
  messages(rule: string): readonly string[] {
    const known = this.#messages.get(rule);
    if (known) return known;
    const report = new Report();
    const found = leastPrivilege.rules.find(({ id }) => id === rule);
    if (!found) throw new Error(`There is no rule ${rule}.`);
    found.evaluate(this.resource, report, leastPrivilege.readConfig({}));
    this.#messages.set(rule, report.failures);
    return report.failures;
  }

  /** The statements that allow an action. */
  allowing(name: string): readonly Statement[] {
    return this.#about(name, "Allow");
  }

  /** The statements that deny an action. */
  denying(name: string): readonly Statement[] {
    return this.#about(name, "Deny");
  }

  #about(name: string, effect: string): readonly Statement[] {
    const action: IamAction | undefined = iamAction(name);
    const asWritten = (statement: Statement): boolean =>
      statement.actions.known.some((one) => one.toLowerCase() === name.toLowerCase());
    return this.statements.filter(
      (statement) =>
        statement.effect === effect &&
        (asWritten(statement) || (action !== undefined && actionsOf(statement).includes(action))),
    );
  }
}
