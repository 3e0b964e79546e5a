import type { Layer } from "../definition.ts";

/**
 * The example service in `examples/hello` on Kubernetes, reached from inside the cluster. An environment that takes this
 * layer gets the cluster too.
 */
export const greeter: Layer = {
  kubernetes: {
    version: "1.34",
    services: {
      greeter: {
        // The build `v1` of examples/hello.
        image:
          "ghcr.io/causeway-platform/hello@sha256:b05a873a5ff2396e073e1ab73d53a1a6f83f223ae2bfe316193d9da2b70073e5",
        port: 8080,
        size: { cpuMillis: 100, cpuLimitMillis: 500, memoryMiB: 128 },
        scaling: { min: 2, max: 4 },
        healthCheck: { path: "/healthz" },
        environment: { LOG_LEVEL: "info" },
        tags: { owner: "web", costCentre: "product" },
      },
    },
  },
};
