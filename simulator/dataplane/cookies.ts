/** The cookies by which a load balancer keeps a client where it was. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** Of a weighted forward action (the target group), and of a target group (the target). */
export type StickyCookie = "AWSALBTG" | "AWSALB";

/** What a client is to remember. */
export interface Remembered {
  readonly name: StickyCookie;
  /** Where it holds: the rule, or the target group. */
  readonly scope: string;
  /** ARN of the target group, or id of the target. */
  readonly choice: string;
  readonly seconds: number;
}

/** Clients see an opaque value, as on AWS; a key that follows from the seed lets cookies outlive a restart. */
export class CookieJar {
  readonly #key: Buffer;

  constructor(seed: string) {
    this.#key = createHash("sha256").update(`cookies:${seed}`).digest();
  }

  /**
   * What `Set-Cookie` says. The second cookie is for requests from other sites, which browsers send the first no more.
   *
   * @param secure whether the client came over TLS
   */
  issue({ name, scope, choice, seconds }: Remembered, now: number, secure: boolean): string[] {
    const until = now + seconds * 1000;
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const body = Buffer.concat([cipher.update(JSON.stringify([name, scope, choice, until])), cipher.final()]);
    const value = Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
    const expires = new Date(until).toUTCString();
    return [
      `${name}=${value}; Expires=${expires}; Path=/`,
      `${name}CORS=${value}; Expires=${expires}; Path=/; SameSite=None${secure ? "; Secure" : ""}`,
    ];
  }

  /** What a valid cookie of the request says; nothing when it is missing, expired, forged or of another scope. */
  read(name: StickyCookie, scope: string, header: string | undefined, now: number): string | undefined {
    for (const pair of (header ?? "").split(";")) {
      const [key = "", value = ""] = pair.trim().split("=");
      if (key !== name && key !== `${name}CORS`) continue;
      const said = this.#open(value);
      if (said === undefined) continue;
      const [kind, where, choice, until] = said;
      if (kind === name && where === scope && until > now) return choice;
    }
    return undefined;
  }

  #open(value: string): [string, string, string, number] | undefined {
    try {
      const bytes = Buffer.from(value, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8")) as [
        string,
        string,
        string,
        number,
      ];
    } catch {
      return undefined;
    }
  }
}
