/** What people call what is secret, in words between underscores; `_FILE`, `_ARN` and the like point at one. */
const SECRET_NAME =
  /(^|_)(password|passwd|passphrase|pass|secret|secret_key|(api|access|private|account|storage|batch|signing)_?key|token|credentials?)(_\d+)?$|[^_]_pwd$|^AWS_(SECRET_ACCESS_KEY|ACCESS_KEY_ID|SESSION_TOKEN)$/i;

/** Whether a variable is called as secrets are: `DB_PASSWORD`, `dbPassword`, `mailgunAPIKey`. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1_$2").replace(/([A-Z])([A-Z][a-z])/g, "$1_$2");
  return SECRET_NAME.test(name) || SECRET_NAME.test(words);
}

/** What a key of AWS looks like, and the header of a private one. */
export const CREDENTIAL = /\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** `NAME=text`, where the text is no reference to another variable or to what a command prints. */
const ASSIGNMENT = /(?<![\w$])([A-Za-z]\w*)=["']?([^\s"'$`<>{}()*|;&\\]{4,})["']?(?=$|[\s;&|"'\\])/gm;

/** Whether a script sets a variable that is called as secrets are to a text that stands in it. */
export function setsSecret(script: string): boolean {
  return [...script.matchAll(ASSIGNMENT)].some(
    ([, name = "", value = ""]) =>
      isSecretName(name) &&
      // Those of AWS have a length, and what points at a secret is none.
      (value.length >= 16 || !/^AWS_/i.test(name)) &&
      !/^(arn:|[/~.])/.test(value),
  );
}
