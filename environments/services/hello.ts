import type { Layer } from "../definition.ts";

/** The example service in `examples/hello`. Environments say only where they deviate. */
export const hello: Layer = {
  services: {
    hello: {
      // The build `v1` of examples/hello, the same bits everywhere.
      image: "ghcr.io/causeway-platform/hello@sha256:b05a873a5ff2396e073e1ab73d53a1a6f83f223ae2bfe316193d9da2b70073e5",
      port: 8080,
      size: { cpu: 256, memoryMiB: 512 },
      scaling: { min: 3, max: 12, targetCpuPercent: 60 },
      healthCheck: { path: "/healthz" },
      route: { paths: ["/*"], priority: 1000 },
      release: { strategy: "canary", steps: [1, 5, 25, 50, 100], bakeMinutes: 5, soakMinutes: 30 },
      slo: { availabilityPercent: 99.9, latencyP99Ms: 300 },
      environment: { LOG_LEVEL: "info" },
      tags: { owner: "web", costCentre: "product" },
      drainSeconds: 30,
    },
  },
};
