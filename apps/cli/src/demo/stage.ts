import { readFile } from 'node:fs/promises';
import { AssentClient } from '@assent/client';
import { UsageError } from '@assent/client/cli';
import type { Example } from './example';
import { ServerProcess } from './server.process';

/** Maximum time to reconnect to a lost server, in milliseconds: the demo's own server never restarts. */
export const RECONNECT_TIMEOUT_MS = 20_000;

/** The server on which the story is played, from the view of its two people. */
export interface Stage {
  readonly url: string;
  readonly developer: AssentClient;
  readonly reviewer: AssentClient;
  /** The developer's key as written in a shell command. */
  readonly shownKey: string;
  /** Whether the server ends with the demo. */
  readonly temporary: boolean;
  /** Text of a file in the workspace. */
  readFile(path: string): Promise<string>;
  close(): Promise<void>;
}

/** @throws Error when the server does not start */
export async function openOwnStage(example: Example, signal: AbortSignal): Promise<Stage> {
  const server = await ServerProcess.start(example, signal);
  const { url, developerKey, reviewerKey } = server;
  return {
    url,
    developer: new AssentClient({ url, key: developerKey }),
    reviewer: new AssentClient({ url, key: reviewerKey }),
    shownKey: developerKey,
    temporary: true,
    readFile: (path) => readFile(server.pathOf(path), 'utf8'),
    close: () => server.close(),
  };
}

/** A running server. Its files are read by runs, like everything else there. @throws UsageError */
export function openGivenStage(url: string, environment: NodeJS.ProcessEnv): Stage {
  const { DEVELOPER_KEY, REVIEWER_KEY } = environment;
  if (!DEVELOPER_KEY || !REVIEWER_KEY) {
    throw new UsageError('--url needs DEVELOPER_KEY and REVIEWER_KEY in the environment: "npm start" prints both.');
  }
  const developer = new AssentClient({ url, key: DEVELOPER_KEY });
  return {
    url: url.replace(/\/$/, ''),
    developer,
    reviewer: new AssentClient({ url, key: REVIEWER_KEY }),
    shownKey: '$DEVELOPER_KEY',
    temporary: false,
    readFile: (path) => readByRun(developer, path),
    close: () => Promise.resolve(),
  };
}

async function readByRun(developer: AssentClient, path: string): Promise<string> {
  const { runId } = await developer.call('start', {
    goal: `Read ${path}`,
    workspace: 'example',
    memory: false,
    beliefs: { assumptions: [], gains: [{ actionId: 'read', when: {}, gain: 1 }] },
    actions: [{ id: 'read', kind: 'tool', tool: 'file.read', args: { path }, effort: 0 }],
  });
  for await (const frame of developer.frames(runId, {
    types: ['tool.output', 'tool.failed'],
    reconnectTimeoutMs: RECONNECT_TIMEOUT_MS,
  })) {
    if (frame.erased === true) continue;
    if (frame.type === 'tool.failed') throw new Error(`Run ${runId} could not read ${path}: ${frame.error.message}`);
    const { output } = frame;
    if (typeof output === 'object' && output !== null && 'content' in output) return String(output.content);
  }
  throw new Error(`Run ${runId} ended without the content of ${path}: look at it with run/get.`);
}
