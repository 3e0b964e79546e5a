/** A health check over a socket. */
import { request } from "node:http";
import type { Probe } from "./health.ts";

export const httpProbe: Probe = (target, { port, path }, timeoutMs, done) => {
  const at = { host: target.host, port: port ?? target.port };
  let over = false;
  const finish = (status: number | undefined) => {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    check.destroy();
    done(status);
  };
  const check = request({
    ...at,
    path,
    agent: false,
    headers: { host: `${at.host}:${at.port}`, "user-agent": "ELB-HealthChecker/2.0", connection: "close" },
  });
  const deadline = setTimeout(() => finish(undefined), timeoutMs);
  check.on("response", (response) => {
    response.resume();
    finish(response.statusCode);
  });
  check.on("error", () => finish(undefined));
  check.end();
};
