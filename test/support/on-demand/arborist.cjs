// As typescript.cjs beside it: npm's library of dependency trees, which the Pulumi SDK needs to pack functions.
const { join } = require("node:path");
module.exports = {
  __esModule: true,
  get Arborist() {
    // By its path: its name leads here.
    return require(join(__dirname, "../../../node_modules/@npmcli/arborist")).Arborist;
  },
};
