import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '@assent/contract';
import { isKnown, viewOf, type RunView } from './index';
import { ReplayServer } from './testing';

type Recordings = Readonly<Record<string, readonly Frame[]>>;

const FOLDER = join(__dirname, '../recordings');
const VERSIONS = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

function recordingsOf(version: string): Recordings {
  return JSON.parse(readFileSync(join(FOLDER, `${version}.json`), 'utf8')) as Recordings;
}

describe.each(VERSIONS)('runs as a server of version %s has told them', (version) => {
  const runs = recordingsOf(version);

  it('have only frames that this client knows', () => {
    expect(Object.values(runs).flatMap((frames) => frames.filter((frame) => !isKnown(frame)))).toEqual([]);
  });

  it('are folded to how they ended', () => {
    const views = Object.fromEntries(Object.entries(runs).map(([name, frames]) => [name, viewOf(frames)]));
    const ended: Readonly<Record<string, Partial<RunView> | object>> = {
      applied: { state: 'completed', approval: { state: 'approved' }, diff: { state: 'applied' }, recorded: {} },
      rejected: { approval: { state: 'rejected', revision: 2 }, diff: { state: 'rejected', revision: 2 } },
      refuted: { step: 2, chosen: { actionId: 'finish' }, approval: null, diff: null, guard: null },
      cancelled: { state: 'cancelled', approval: { state: 'cancelled' }, waiting: null, requests: [] },
      answered: { step: 2, state: 'completed', diff: { state: 'applied' } },
      read: { calls: [{ tool: 'file.read', state: 'completed' }], result: { kind: 'output' } },
      failed: { state: 'failed', calls: [{ state: 'failed' }], result: null },
    };
    expect(views).toMatchObject(ended);
  });

  it.each(Object.keys(runs))('come whole through a client over a connection that breaks: %s', async (name) => {
    const frames = runs[name] ?? [];
    const server = new ReplayServer();
    const middle = frames.length / 2;
    server.play(frames.slice(0, middle));
    const read: Frame[] = [];
    for await (const frame of server.client().frames(frames[0]?.runId ?? '')) {
      read.push(frame);
      if (read.length !== Math.floor(middle)) continue;
      server.cut();
      server.play(frames.slice(middle));
    }
    const end = frames.findIndex(({ type }) => ['run.completed', 'run.failed', 'run.cancelled'].includes(type));
    expect(read).toEqual(frames.slice(0, end + 1));
  });
});
