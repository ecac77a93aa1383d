// The programs of the bundle, by the name of the file that starts them. Each is loaded when it is called.
module.exports = {
  main: () => require('../dist/apps/server/src/main.js'),
  cli: () => require('../dist/apps/cli/src/main.js'),
};
