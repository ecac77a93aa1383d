// Starts the bundled server beside this file. V8's compiled code is kept in a file, so that only the first start compiles.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const BUNDLE = join(__dirname, 'bundle.js');
const CACHE = join(__dirname, `bundle.${process.version}.cache`);

const cachedData = readCache();
const script = new Script(readFileSync(BUNDLE, 'utf8'), { filename: BUNDLE, cachedData });
if (cachedData === undefined || script.cachedDataRejected) process.once('exit', writeCache);
script.runInThisContext()(exports, require, module, BUNDLE, __dirname);

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
