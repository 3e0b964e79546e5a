/** jest runs CommonJS through swc: no type check (tsc does that) and no ESM loader hooks, which makes it about twice as fast. */
export default {
  testEnvironment: "node",
  // A limit for what hangs, not a measure of speed: a machine that is busy with something else must not fail a test.
  testTimeout: 60_000,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  modulePathIgnorePatterns: ["/dist/"],
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
