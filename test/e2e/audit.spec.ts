import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChainVerifier, rowHashOf } from '@assent/audit';
import type { AuditLine } from '@assent/contract';
import { ChainVerifier as ConsoleVerifier } from '../../apps/console/src/screens/audit/chain';
import { readExport, writeExport } from '../../apps/console/src/screens/audit/export';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

const CLI = join(__dirname, '../../dist/server/cli.js');

/** A row as version N-1 writes it: it knows nothing of a chain. */
const INSERT = `insert into audit_log (id, tenant_id, action, actor, subject_type, subject_id, run_id, hash, detail, created_at)
  select gen_random_uuid(), $1, 'test.row', 'test', 'test', $2, null, null, $3::json, now()`;

describe('the audit', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  const run = async (path: string): Promise<string> => {
    const pending = await startPending(server.developer, path, path);
    await decide(server.reviewer, pending, 'approve');
    await framesUntil(server.developer, pending.runId, 'run.completed');
    return pending.runId;
  };

  const exported = async (): Promise<string> => (await server.reviewer.fetch('/audit/export')).text();

  /** The command as a person runs it. */
  const verify = async (...args: string[]) => {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'audit', ...args]);
      return { status: 0, said: stdout };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, said: stdout + stderr };
    }
  };

  const verifyText = async (text: string, ...args: string[]) => {
    const file = join(stage.folder, `${randomUUID()}.jsonl`);
    await writeFile(file, text);
    return verify(file, ...args);
  };

  it('tells of a change in order: decided, about to be carried out, carried out, each with the hash', async () => {
    const runId = await run('audit/told.txt');
    const { items } = (await (await server.reviewer.fetch(`/audit?runId=${runId}`)).json()) as { items: AuditLine[] };
    expect(items.map(({ action, actor }) => `${action} ${actor}`).toReversed()).toEqual([
      'approval.approve reviewer',
      'diff.dispatch system:apply',
      'diff.apply system:apply',
    ]);
    expect(new Set(items.map(({ hash }) => hash)).size).toBe(1);
    for (const { policyVersion } of items) expect(policyVersion).toMatch(/^\S+$/);
  });

  it('pages and filters', async () => {
    const page = async (query: string) =>
      (await (await server.reviewer.fetch(`/audit${query}`)).json()) as { items: AuditLine[]; cursor: string | null };
    const first = await page('?limit=2');
    const second = await page(`?limit=100&cursor=${first.cursor ?? ''}`);
    const positions = [...first.items, ...second.items].map(({ position }) => position);
    expect(positions).toEqual(positions.map((_, index) => positions.length - index));
    expect(second.cursor).toBeNull();
    expect((await page('?action=diff.apply')).items.every(({ action }) => action === 'diff.apply')).toBe(true);
    expect((await page('?to=2020-01-01T00:00:00Z')).items).toEqual([]);
    for (const query of ['cursor=x', 'from=2026-W05', 'actor=%00'])
      expect({ query, status: (await server.reviewer.fetch(`/audit?${query}`)).status }).toEqual({
        query,
        status: 400,
      });
  });

  it('names the versions of the tool policy it sets', async () => {
    const rules = [{ id: 'no-shell', tools: ['shell.*'], verdict: 'deny' }];
    await server.developer.call('tool/policy/set', { version: 0, rules });
    const { items } = (await (await server.reviewer.fetch('/audit?action=tool_policy.set')).json()) as {
      items: AuditLine[];
    };
    expect(items).toMatchObject([{ actor: 'developer', policyVersion: 'tool:1', detail: { version: 1, rules: 1 } }]);
  });

  it('is chained by the database, as the code outside computes it, for every writer', async () => {
    const details = ['{"a": 1}', '{"\u00e4":"\ud83d\ude00","a":1.0}', '{}', '[1,  2]'];
    await Promise.all(details.map((detail) => stage.rows(INSERT, ['another', 'x:1,', detail])));
    const lines = (await exported())
      .trim()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditLine);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(rowHashOf(line)).toBe(line.rowHash);
    const { status, said } = await verify('--database', stage.databaseUrl);
    expect(status).toBe(0);
    expect(said).toMatch(/tenant another: the chain holds; head 4:/);
  });

  it('has no gap and no fork under twenty writers at once', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => server.reviewer.fetch('/audit/head')));
    expect(clients.every(({ ok }) => ok)).toBe(true);
    await Promise.all(Array.from({ length: 20 }, (_, index) => run(`audit/many-${index}.txt`)));
    const [row] = await stage.rows<{ ok: boolean }>(
      `select count(*) = max(position) and count(distinct previous_hash) = count(*) as ok from audit_log where tenant_id = 'local'`,
    );
    expect(row?.ok).toBe(true);
    expect(await verifyText(await exported())).toMatchObject({ status: 0 });
  });

  it('refuses update, delete and truncate', async () => {
    for (const statement of [`update audit_log set actor = 'x'`, 'delete from audit_log', 'truncate audit_log']) {
      await expect(stage.rows(statement)).rejects.toThrow('audit_log is append-only');
    }
  });

  it('shows offline what was changed, taken out, or cut off', async () => {
    const text = await exported();
    const lines = text.trim().split('\n');
    const head = JSON.parse(lines.at(-1) ?? '') as { head: { position: number; hash: string } };
    const noted = `${head.head.position}:${head.head.hash}`;
    expect(await verifyText(text, '--head', noted)).toMatchObject({ status: 0 });
    expect(await verifyText(text.replace('"reviewer"', '"somebody"'))).toMatchObject({ status: 1 });
    expect(await verifyText(lines.toSpliced(1, 1).join('\n'))).toMatchObject({ status: 1 });
    expect(await verifyText(lines.slice(0, -3).join('\n'))).toMatchObject({ status: 1 });
    const forged = [...lines.slice(0, -3), JSON.stringify({ head: endOf(lines.slice(0, -3)) })].join('\n');
    expect(await verifyText(forged)).toMatchObject({ status: 0 });
    expect(await verifyText(forged, '--head', noted)).toMatchObject({ status: 1 });
    expect(await verifyText('{"no": "line"}')).toMatchObject({ status: 2 });
  });

  it('is verified by the console as by the command', async () => {
    const text = await exported();
    const { lines, head } = readExport(text);
    expect(lines.length).toBeGreaterThan(20);
    const [, second] = lines;
    if (!head || !second) throw new Error('the export has no second line, or no head');
    expect(writeExport(lines, head)).toBe(text);
    const changed = { ...second, actor: 'somebody' };
    const forgeries = [changed, { ...changed, rowHash: rowHashOf(changed) }].map((line) => lines.with(1, line));
    const noted = [{ position: 2, hash: second.rowHash }];
    for (const chain of [lines, lines.slice(1), lines.slice(0, -2), lines.toSpliced(4, 1), ...forgeries]) {
      const command = new ChainVerifier(noted);
      for (const line of chain) command.add(line);
      const page = new ConsoleVerifier((data) => crypto.subtle.digest('SHA-256', data), noted);
      await page.add(chain);
      const report = page.finish(command.finish().head);
      expect(report.problems.map(({ position }) => position)).toEqual(
        command.finish().problems.map(({ position }) => position),
      );
      expect(report.problems.length === 0).toBe(chain === lines || chain.length === lines.length - 2);
    }
  });

  it('comes before the effect: where no row can be written, nothing is applied, and it is once one can', async () => {
    await stage.rows(`create function test_refuse() returns trigger language plpgsql as
      $$ begin if new.action = 'diff.dispatch' then raise exception 'no audit'; end if; return new; end $$`);
    await stage.rows(
      'create trigger a_test_refuse before insert on audit_log for each row execute function test_refuse()',
    );
    const pending = await startPending(server.developer, 'audit/never.txt', 'never');
    await decide(server.reviewer, pending, 'approve');
    await eventually('the refusal', () => server.process.lines.some((line) => line.includes('no audit')));
    await expect(stage.read('audit/never.txt')).rejects.toThrow('ENOENT');
    const [diff] = await stage.rows<{ state: string }>('select state from diffs where id = $1', [pending.diffId]);
    expect(diff?.state).toBe('approved');
    await stage.rows('drop trigger a_test_refuse on audit_log');
    await framesUntil(server.developer, pending.runId, 'run.completed');
    expect(await stage.read('audit/never.txt')).toBe('never');
  });
});

function endOf(lines: readonly string[]): { position: number; hash: string } {
  const { position, rowHash } = JSON.parse(lines.at(-1) ?? '') as AuditLine;
  return { position, hash: rowHash };
}
