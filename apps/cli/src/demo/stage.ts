import { readFile } from 'node:fs/promises';
import { AssentClient } from '@assent/client';
import { UsageError } from '@assent/client/cli';
import type { Example } from './example';
import { ServerProcess } from './server.process';

/** Longest time to look for a server that has gone away, in milliseconds: the demo's own never restarts. */
export const RECONNECT_TIMEOUT_MS = 20_000;

/** The server that the story is played on, as the two people of the story see it. */
export interface Stage {
  readonly url: string;
  readonly developer: AssentClient;
  readonly reviewer: AssentClient;
  /** How a shell is to write the developer's key. */
  readonly shownKey: string;
  /** It is gone once the demo ends. */
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

/** A server that runs already. Its files are read the way everything is done there: by a run. @throws UsageError */
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
