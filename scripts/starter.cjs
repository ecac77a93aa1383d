// Starts the program of the bundle beside this file that is named like this file: `main.js` the server, `cli.js` the
// commands. V8's compiled code is kept in a file, so that only the first start compiles.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { Script } = require('node:vm');

const PROGRAM = basename(__filename, '.js');
const BUNDLE = join(__dirname, 'bundle.js');
const CACHE = join(__dirname, `bundle.${process.version}.cache`);

const cachedData = readCache();
// The bundle is ASCII. Read as Latin-1 it is neither decoded nor copied, and takes one byte a character.
const script = new Script(readFileSync(BUNDLE, 'latin1'), { filename: BUNDLE, cachedData });
// A command uses few functions of the bundle, so the server writes the file.
if (PROGRAM === 'main' && (cachedData === undefined || script.cachedDataRejected)) process.once('exit', writeCache);
script.runInThisContext()(exports, require, module, BUNDLE, __dirname);
module.exports[PROGRAM]();

function readCache() {
  try {
    return readFileSync(CACHE);
  } catch {
    return undefined;
  }
}

/** At the end, when most functions of the server have been compiled. */
function writeCache() {
  try {
    const written = `${CACHE}.${process.pid}`;
    writeFileSync(written, script.createCachedData());
    renameSync(written, CACHE);
  } catch {
    // A read-only installation: every start compiles.
  }
}
