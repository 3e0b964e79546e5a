/** A real API server of a test's own, on loopback, without nodes: objects are admitted and stored, no pod starts. */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isBuiltInClusterScoped, qualifiedResource } from "../../simulator/kubernetes/kinds.ts";
import { KubernetesSdk } from "../../simulator/kubernetes/schema.ts";

// biome-ignore lint/suspicious/noExplicitAny: an object as the API server takes and gives it
export type KubernetesObject = any;

/** What the API server says to a request. */
export interface Answer {
  readonly status: number;
  readonly body: KubernetesObject;
  readonly warnings: readonly string[];
}

const TOKEN = randomBytes(16).toString("hex");
/** Another process may take the port that was free a moment ago. */
const TRIES = 3;
const sdk = new KubernetesSdk(process.cwd());

export class RealCluster {
  readonly #folder = mkdtempSync(join(tmpdir(), "causeway-apiserver-"));
  #child: ChildProcess | undefined;
  #port = 0;
  #said = "";
  #certificate = "";

  /** @throws Error with the last that it said when it does not come up */
  async start(binary: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.#launch(binary, join(this.#folder, String(attempt)));
      if (await this.#ready()) return;
      if (attempt === TRIES) throw new Error(`the API server did not start: ${this.#said.slice(-2000)}`);
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin?.end();
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #launch(binary: string, folder: string): Promise<void> {
    mkdirSync(folder);
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const file = (name: string, text: string | Buffer) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const key = file("tokens.key", privateKey.export({ type: "pkcs8", format: "pem" }));
    const publicFile = file("tokens.pub", publicKey.export({ type: "spki", format: "pem" }));
    const admins = file("admins.csv", `${TOKEN},admin,admin,system:masters\n`);
    this.#port = await freePort();
    this.#said = "";
    this.#child = spawn(
      binary,
      [
        join(folder, "etcd"),
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        `--secure-port=${this.#port}`,
        `--cert-dir=${join(folder, "certificates")}`,
        "--service-cluster-ip-range=172.20.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-signing-key-file=${key}`,
        `--service-account-key-file=${publicFile}`,
        `--token-auth-file=${admins}`,
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        // Nothing makes the service account of a new namespace here: that is a controller's work.
        "--disable-admission-plugins=ServiceAccount",
      ],
      { stdio: ["pipe", "ignore", "pipe"] },
    );
    this.#child.stdin?.on("error", () => {});
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-20_000);
    });
    this.#child.once("error", (error) => {
      this.#said += error.message;
    });
    this.#certificate = join(folder, "certificates", "apiserver.crt");
  }

  /** Waits until it serves, or ends without. */
  async #ready(): Promise<boolean> {
    while (this.#child?.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      if (existsSync(this.#certificate)) {
        // It is ready before it has made its first namespaces.
        const paths = ["/readyz", "/api/v1/namespaces/default", "/api/v1/namespaces/kube-system"];
        const answers = await Promise.all(paths.map((path) => this.send("GET", path).catch(() => undefined)));
        if (answers.every((answer) => answer?.status === 200)) return true;
      }
      await sleep(100);
    }
    return false;
  }

  /** Makes an object, or says what it would say with `dryRun`. Fields it does not know are refused. */
  create(token: string, object: KubernetesObject, options: { readonly dryRun?: boolean } = {}): Promise<Answer> {
    const query = `fieldValidation=Strict${options.dryRun ? "&dryRun=All" : ""}`;
    const kind = sdk.kind(token)!;
    const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
    return this.send("POST", `${collectionOf(token, object)}?${query}`, { apiVersion, kind: kind.kind, ...object });
  }

  /** Applies an object as the Pulumi provider does, and gives what it becomes; nothing is written without `write`. */
  apply(token: string, object: KubernetesObject, options: { readonly write?: boolean } = {}): Promise<Answer> {
    const query = `fieldManager=test&fieldValidation=Strict&force=true${options.write ? "" : "&dryRun=All"}`;
    const path = `${collectionOf(token, object)}/${object.metadata.name}`;
    return this.send("PATCH", `${path}?${query}`, object);
  }

  read(token: string, object: KubernetesObject): Promise<Answer> {
    return this.send("GET", `${collectionOf(token, object)}/${object.metadata.name}`);
  }

  send(method: string, path: string, body?: KubernetesObject): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port: this.#port,
          method,
          path,
          ca: readFileSync(this.#certificate),
          // Its certificate is for the address under which it believes to be known.
          checkServerIdentity: () => undefined,
          headers: {
            authorization: `Bearer ${TOKEN}`,
            "content-type": method === "PATCH" ? "application/apply-patch+yaml" : "application/json",
          },
        },
        (incoming) => {
          let text = "";
          incoming.setEncoding("utf8").on("data", (part: string) => {
            text += part;
          });
          incoming.once("error", reject);
          incoming.once("end", () => {
            const warning = incoming.headers.warning;
            const json = incoming.headers["content-type"]?.includes("json") ?? false;
            resolve({
              status: incoming.statusCode ?? 0,
              body: json ? JSON.parse(text) : text,
              warnings: [...String(warning ?? "").matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(([, text]) =>
                JSON.parse(text!),
              ),
            });
          });
        },
      );
      outgoing.once("error", reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** `/apis/apps/v1/namespaces/default/deployments`. */
function collectionOf(token: string, object: KubernetesObject): string {
  const kind = sdk.kind(token)!;
  const base = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const [plural] = qualifiedResource(kind).split(".");
  const within = isBuiltInClusterScoped(kind) ? "" : `/namespaces/${object.metadata?.namespace ?? "default"}`;
  return `${base}${within}/${plural}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
