/** What people call variables that hold secrets; `_FILE`, `_ARN` and the like point at one. */
export const SECRET_NAME =
  /(^|_)(password|passwd|secret|secret_key|(api|access|private|account|storage|batch|signing)_?key|token|credentials?)(_\d+)?$|[^_]_pwd$|^AWS_(SECRET_ACCESS_KEY|ACCESS_KEY_ID|SESSION_TOKEN)$/i;

/** What a key of AWS looks like, and the header of a private one. */
export const CREDENTIAL = /\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----/;
