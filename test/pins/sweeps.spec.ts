import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { docTable } from '../support/doc-tables';

const LIBS = join(__dirname, '../../libs');
const RUNBOOKS = join(__dirname, '../../docs/runbooks');

/** The names that the constructors of `libs` give to `sweeper.items` and `sweeper.steps`. */
function sweepsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sweepsIn(path);
    if (!entry.name.endsWith('.ts') || entry.name.endsWith('.spec.ts')) return [];
    const calls = readFileSync(path, 'utf8').matchAll(/\bsweeper\.(?:items|steps)(?:<\w+>)?\(\{\s*name: '(\w+)'/g);
    return Array.from(calls, ([, name = '']) => name);
  });
}

describe('the sweeps', () => {
  it('have a row each in docs/operations.md, and different names', () => {
    const documented = docTable('operations.md', 'sweep', 'every', 'what a pass does').map(([name]) => name);
    expect(documented).toEqual(sweepsIn(LIBS).sort());
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('have the names by which runbooks look for them in the log', () => {
    const pages = readdirSync(RUNBOOKS).map((page) => readFileSync(join(RUNBOOKS, page), 'utf8'));
    const named = pages.flatMap((page) => Array.from(page.matchAll(/"sweep":"(\w+)"/g), ([, name = '']) => name));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !sweepsIn(LIBS).includes(name))).toEqual([]);
  });

  it('are the only periodic work besides timers of connections, leases and streams', () => {
    const timers = ['setInterval(', '@Interval('];
    const own = new Set([
      'platform/src/jobs/sweeper.ts',
      // The signs of life of a transaction, of a lease, of a stream; hints and polls of live streams and of waits.
      'platform/src/database/database.ts',
      'engine/src/engine.service.ts',
      'memory/src/optimizer/optimizer.service.ts',
      'runs/src/frame.streams.ts',
      'runs/src/frame.hub.ts',
      'runs/src/run.notifier.ts',
      'approvals/src/approval.waits.ts',
      'gateway/src/mcp/mcp.wait.ts',
      'approvals/src/inbox.ts',
    ]);
    const files = readdirSync(LIBS, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/\.spec\.ts$|\/testing\//.test(file),
    );
    const found = files.filter((file) =>
      timers.some((timer) => readFileSync(join(LIBS, file), 'utf8').includes(timer)),
    );
    expect(new Set(found)).toEqual(own);
  });
});
