/** What is known of each connected provider instance. */
import { credentials, Metadata } from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import { CloudError } from "./errors.ts";
import type { ProviderSettings } from "./settings.ts";

/** One engine connection; the engine opens one for each provider instance. */
export class Session {
  #settings: ProviderSettings | undefined;
  #engine: InstanceType<typeof engineGrpc.EngineClient> | undefined;
  #engineAddress = "";
  #defaultRegion: string | undefined;
  #keepsStateApart = false;

  attach(engineAddress: string): void {
    if (engineAddress === "" || engineAddress === this.#engineAddress) return;
    this.#engine?.close();
    this.#engineAddress = engineAddress;
    this.#engine = new engineGrpc.EngineClient(engineAddress, credentials.createInsecure());
  }

  /** The region of a provider that names none. */
  get defaultRegion(): string | undefined {
    return this.#defaultRegion;
  }

  useRegion(region: string): void {
    this.#defaultRegion = region;
  }

  /** Whether the stacks of this connection live where only the simulated cloud is used. */
  get keepsStateApart(): boolean {
    return this.#keepsStateApart;
  }

  keepStateApart(): void {
    this.#keepsStateApart = true;
  }

  configure(settings: ProviderSettings): void {
    this.#settings = settings;
  }

  /** @throws CloudError when the engine has not configured this connection */
  settings(): ProviderSettings {
    if (this.#settings !== undefined) return this.#settings;
    throw new CloudError(
      "invalid",
      "the simulated cloud does not know this provider instance any more (it was restarted meanwhile); run the command again",
    );
  }

  /** Shows a warning on a resource. Resolves in any case: a warning that cannot be shown stops nothing. */
  warn(urn: string, message: string): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return Promise.resolve();
    const request = new enginePb.LogRequest();
    request.setSeverity(enginePb.LogSeverity.WARNING);
    request.setMessage(message);
    request.setUrn(urn);
    return new Promise((resolve) => {
      engine.log(request, new Metadata(), { deadline: Date.now() + 2_000 }, () => resolve());
    });
  }

  close(): void {
    this.#engine?.close();
    this.#engine = undefined;
  }
}

/** Sessions by the peer's address, which is one connection's own. */
export class Sessions {
  readonly #byPeer = new Map<string, Session>();

  of(peer: string): Session {
    let session = this.#byPeer.get(peer);
    if (session === undefined) {
      session = new Session();
      this.#byPeer.set(peer, session);
    }
    return session;
  }

  drop(peer: string): void {
    this.#byPeer.get(peer)?.close();
    this.#byPeer.delete(peer);
  }
}
