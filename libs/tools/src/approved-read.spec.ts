import { AssentError, type JsonObject } from '@assent/contract';
import { applyRead, readDraft } from './approved-read';
import type { ReadAdapter, ToolContext } from './tool-adapter.port';

const adapterOf = (hash: string, run: () => Promise<JsonObject>) =>
  ({ name: 'mcp.s.look', remote: { hash }, run }) as unknown as ReadAdapter;
const runNow = (work: (context: ToolContext) => Promise<JsonObject>) => work({} as ToolContext);
const answering = () => Promise.resolve({ text: 'seen' });

describe('a read that a person approves', () => {
  const { effect, summary } = readDraft(adapterOf('h1', answering), { at: 'here' });

  it('shows its tool and its arguments', () => {
    expect(summary).toContain('Read with mcp.s.look');
    expect(summary).toContain('"at": "here"');
  });

  it('runs with the approved arguments', async () => {
    const seen: unknown[] = [];
    const adapter = adapterOf('h1', answering);
    adapter.run = (args) => {
      seen.push(args);
      return answering();
    };
    await expect(applyRead(adapter, effect, runNow)).resolves.toEqual({ outcome: 'applied', output: { text: 'seen' } });
    expect(seen).toEqual([{ at: 'here' }]);
  });

  it('is stale when the definition of its tool has changed', async () => {
    await expect(applyRead(adapterOf('h2', answering), effect, runNow)).resolves.toMatchObject({ outcome: 'stale' });
  });

  it('has no unknown outcome, because nothing could have happened', async () => {
    const lost = adapterOf('h1', () => Promise.reject(new AssentError('timeout', 'late', { sent: true })));
    await expect(applyRead(lost, effect, runNow)).rejects.toMatchObject({
      reason: 'timeout',
      details: { sent: false },
    });
  });
});
