import { generatedKey } from '@assent/identity';
import { loadConfig, type Config } from '@assent/platform';
import { messageOf } from './message';

const TIMEOUT_MS = 10_000;

/** `npm run console`: prints another link to the console of the local server, using the keys of both seats. */
async function link(): Promise<string> {
  const config = loadConfig(process.env, process.cwd());
  const { DEVELOPER_KEY, REVIEWER_KEY } = config.env;
  const developerKey = DEVELOPER_KEY ?? generatedKey(config, 'developer');
  const reviewerKey = REVIEWER_KEY ?? generatedKey(config, 'reviewer');
  const url = `${addressOf(config)}/session/links`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${developerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reviewerKey }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`No server answers at ${url}. Start it with "npm start", or set HOST and PORT to those it has.`, {
      cause,
    });
  });
  const answer = (await response.json()) as { readonly url?: string; readonly detail?: string };
  if (response.ok && answer.url !== undefined) return answer.url;
  throw new Error(`The server made no link: ${answer.detail ?? `it answered ${response.status}`}`);
}

function addressOf({ env: { HOST, PORT } }: Config): string {
  return `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`;
}

export async function run(): Promise<number> {
  try {
    process.stdout.write(`${await link()}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}
