/** jest runs CommonJS through swc: no type check (tsc does that) and no ESM loader hooks, which makes it about twice as fast. */
export default {
  testEnvironment: "node",
  // A limit for what hangs, not a measure of speed: a machine that is busy with something else must not fail a test.
  testTimeout: 60_000,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  modulePathIgnorePatterns: ["/dist/"],
  // What the Pulumi SDK loads at its start and tests hardly ever use, half of the second that each test file would take for it.
  moduleNameMapper: {
    "/typescript-shim$": "<rootDir>/test/support/on-demand/typescript.cjs",
    "^@npmcli/arborist$": "<rootDir>/test/support/on-demand/arborist.cjs",
  },
  setupFiles: ["<rootDir>/test/support/setup.ts"],
  reporters: ["default", "<rootDir>/test/support/closing-line.cjs"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
};
