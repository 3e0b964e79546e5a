import { SEVERITIES } from "../../contracts/vocabulary.ts";
import { present, type Rule } from "./rule.ts";

/** Hosts whose webhook addresses are credentials by themselves. */
const SECRET_HOSTS = /^(hooks\.slack\.com|discord\.com|discordapp\.com|[a-z0-9-]+\.webhook\.office\.com)$/;

/** Alert endpoints carry no credentials: this file is read by everyone. The address is not repeated in the message. */
export const endpointRule: Rule = ({ alerts }, report) => {
  for (const severity of SEVERITIES) {
    alerts?.routes?.[severity]?.https?.forEach((address, index) => {
      if (address === undefined) return;
      const { username, password, search, host } = new URL(address);
      if (username !== "" || password !== "" || search !== "" || SECRET_HOSTS.test(host)) {
        report(
          `alerts.routes.${severity}.https[${index}]`,
          `the address at ${host} carries a credential.`,
          "Name an endpoint of yours without one; it forwards, and keeps the credential in a secret store.",
        );
      }
    });
  }
};

/** Someone is paged. */
export const pagingRule: Rule = ({ alerts, kind }, report) => {
  if (kind !== "production" && kind !== "staging") return;
  for (const severity of ["P0", "P1"] as const) {
    const route = alerts?.routes?.[severity];
    if (route?.email === undefined || route.https === undefined) continue;
    if (present(route.email).length + present(route.https).length === 0) {
      report(
        `alerts.routes.${severity}`,
        "nobody hears about it.",
        "Give at least one e-mail address or HTTPS endpoint.",
      );
    }
  }
};

/** Protection is whole: half of it makes `destroy` stop half-way, or lets it through where it must not. */
export const protectionRule: Rule = ({ protect, entry, data, kind }, report) => {
  if (protect === undefined) return;
  const deletion = [
    ["entry.deletionProtection", entry?.deletionProtection],
    ["data.database.deletionProtection", data?.database?.deletionProtection],
  ] as const;
  for (const [property, on] of deletion) {
    if (on === true && !protect) {
      report(property, "true, but protect is false: destroy would stop half-way.", "Set both to the same value.");
    }
    if (on === false && (protect || kind === "production")) {
      report(property, "false, but what is protected must survive AWS's own delete as well.", "Set it to true.");
    }
  }
};
