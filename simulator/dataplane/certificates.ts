/**
 * The certificates that HTTPS listeners show: each signed by an authority of this cloud alone, whose certificate a client
 * can be told to trust. The authority's key stays in a file that only its user can read, and can sign for nothing else
 * than what the user's own machine serves: nobody else trusts it.
 */
import "reflect-metadata";
import { createHash, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 60 * 60_000;
/** Clients refuse certificates of servers that are valid for longer than 398 days. */
const SERVER_DAYS = 397;
const AUTHORITY_DAYS = 3_650;
/** So long before its end an authority is made anew, and no certificate of it outlives it. */
const RENEWED_DAYS = SERVER_DAYS + 1;

export interface KeyAndCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

/** Where the authority's certificate of a cloud is; made when an HTTPS listener is first served. */
export function authorityFile(home: string): string {
  return join(home, "tls", "authority.pem");
}

export class Authority {
  /** The file of its certificate. */
  readonly file: string;
  readonly #certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #issued = new Map<string, Promise<KeyAndCertificate>>();

  private constructor(file: string, certificate: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.file = file;
    this.#certificate = certificate;
    this.#keys = keys;
  }

  /** Opens the authority of a cloud, and makes it where there is none or it soon ends. @param home folder of the cloud */
  static async open(home: string, now = Date.now()): Promise<Authority> {
    const file = authorityFile(home);
    const keyFile = join(home, "tls", "authority-key.pem");
    if (existsSync(file) && existsSync(keyFile)) {
      const certificate = new X509Certificate(readFileSync(file, "utf8"));
      if (certificate.notAfter.getTime() - now > RENEWED_DAYS * DAY_MS) {
        const privateKey = await importKey(readFileSync(keyFile, "utf8"));
        return new Authority(file, certificate, { privateKey, publicKey: await certificate.publicKey.export() });
      }
    }
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      // A name of its own for each: a client that trusts two tells them apart.
      name: `CN=Causeway simulated cloud ${createHash("sha256").update(`${home}\0${now}`).digest("hex").slice(0, 8)}`,
      notBefore: new Date(now - DAY_MS),
      notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    mkdirSync(join(home, "tls"), { recursive: true, mode: 0o700 });
    write(keyFile, await exportKey(keys.privateKey));
    write(file, certificate.toString("pem"));
    return new Authority(file, certificate, keys);
  }

  /**
   * A certificate for these names, and for this machine (`localhost`, `127.0.0.1`): listeners are on loopback, and
   * clients ask for them by that name too.
   */
  issue(domains: readonly string[]): Promise<KeyAndCertificate> {
    const key = domains.join(" ");
    let issued = this.#issued.get(key);
    if (issued === undefined) {
      issued = this.#issue(domains);
      this.#issued.set(key, issued);
    }
    return issued;
  }

  async #issue(domains: readonly string[]): Promise<KeyAndCertificate> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const names: JsonGeneralName[] = [...new Set([...domains, "localhost"])].map((value) => ({ type: "dns", value }));
    const extensions: Extension[] = [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([...names, { type: "ip", value: "127.0.0.1" }]),
      await AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
    ];
    const certificate = await X509CertificateGenerator.create({
      // A common name holds 64 characters at most; the names that count are the alternative ones.
      subject: "CN=Causeway simulated listener",
      issuer: this.#certificate.subject,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + (SERVER_DAYS - 1) * DAY_MS),
      signingKey: this.#keys.privateKey,
      publicKey: keys.publicKey,
      signingAlgorithm: ALGORITHM,
      extensions,
    });
    return { key: await exportKey(keys.privateKey), certificate: certificate.toString("pem") };
  }
}

function write(file: string, content: string): void {
  writeFileSync(`${file}.${process.pid}`, content, { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return `-----BEGIN PRIVATE KEY-----\n${bytes.toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", bytes, ALGORITHM, true, ["sign"]);
}

/** Whether a certificate is for a host: by its name, or by a wildcard that stands for its first label. */
export function covers(domains: readonly string[], host: string): boolean {
  const name = host.toLowerCase();
  const parent = name.slice(name.indexOf(".") + 1);
  return domains.some((domain) => domain.toLowerCase() === name || domain.toLowerCase() === `*.${parent}`);
}
