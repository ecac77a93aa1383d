import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from '@assent/test-support/caller';
import { seen } from '@assent/test-support/frames';
import type { ModelEndpoint, RecordedCall } from '@assent/test-support/model-endpoint';
import { says, saysJson, type EndpointReply } from '@assent/test-support/model-replies';
import { gain } from '@assent/test-support/model-script';

export const FILES_TO_READ = 10;
const LINES = 60;

const READING_WORKSPACE = 'reading';

/** What one run took that read every file. */
export interface Reading {
  readonly calls: number;
  /** Characters of all requests to the model: messages, functions and options. */
  readonly chars: number;
}

const NAMES = Array.from({ length: FILES_TO_READ }, (_, index) => `part-${String(index + 1).padStart(2, '0')}.txt`);
const markOf = (name: string) => `the end of ${name}`;

/** Writes the files. @returns its part of WORKSPACES */
export async function layReading(folder: string): Promise<string> {
  const root = join(folder, READING_WORKSPACE);
  await mkdir(root, { recursive: true });
  for (const name of NAMES) {
    const lines = Array.from({ length: LINES }, (_, line) => `line ${line + 1} of ${name}, with some words`);
    await writeFile(join(root, name), `${[...lines, markOf(name)].join('\n')}\n`);
  }
  return `${READING_WORKSPACE}=${root}`;
}

/**
 * A run whose model reads all files, so many new ones in each turn.
 * @param endpoint the model of the server
 */
export async function readFiles(developer: Caller, endpoint: ModelEndpoint, perTurn: number): Promise<Reading> {
  endpoint.script((call) => replyTo(call, perTurn));
  const goal = 'Read the ten parts.';
  const { runId } = await developer.call('start', { goal, workspace: READING_WORKSPACE, memory: false, maxSteps: 30 });
  const completed = await seen(developer, runId, 'run.completed');
  const { reached } = completed['result'] as { reached?: boolean };
  if (reached !== true) throw new Error(`run ${runId} has not read every file: ${JSON.stringify(completed)}`);
  const chars = endpoint.calls.reduce((sum, { body }) => sum + JSON.stringify(body).length, 0);
  return { calls: endpoint.calls.length, chars };
}

function replyTo({ answer, prompt }: RecordedCall, perTurn: number): EndpointReply {
  if (answer === 'beliefs') return saysJson({ assumptions: [], associations: [], ranking: [], observed: [] });
  if (answer !== null) return saysJson({ gains: [gain('a1', 1)] });
  const unread = NAMES.filter((name) => !prompt.includes(markOf(name)));
  if (unread.length === 0) {
    return says({ text: ['I have read all.'], calls: [{ name: 'finish', args: { reached: true, summary: 'Read.' } }] });
  }
  return says({
    text: ['I read on.'],
    calls: unread.slice(0, perTurn).map((path) => ({ name: 'file_read', args: { path } })),
  });
}
