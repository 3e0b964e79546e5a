// The Pulumi SDK loads the TypeScript compiler at its start, only to write functions down as text, which next to no test
// has it do: a third of a second for every test file. Here it comes when it is asked for.
module.exports = new Proxy({}, { get: (_, name) => require("typescript")[name] });
