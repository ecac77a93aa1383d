import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { makeCalls } from './calls.mjs';

const { ASSENT_URL: url, ASSENT_KEY: key } = process.env;
const header = ['--header', `Authorization: Bearer ${key}`];

/** One process of the inspector. */
async function inspect(...words) {
  const all = ['--cli', url, '--transport', 'http', ...header, ...words];
  const inspector = promisify(execFile)('node_modules/.bin/mcp-inspector', all, { cwd: import.meta.dirname });
  // It also prints a result that is an error.
  const { stdout } = await inspector.catch((error) => error);
  return JSON.parse(stdout);
}

const { tools } = await inspect('--method', 'tools/list');
await makeCalls(
  tools.map(({ name }) => name),
  (name, args) => {
    const given = Object.entries(args).flatMap(([member, value]) => [
      '--tool-arg',
      `${member}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ]);
    return inspect('--method', 'tools/call', '--tool-name', name, ...given);
  },
);
