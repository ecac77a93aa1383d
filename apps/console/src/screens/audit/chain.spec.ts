import fc from 'fast-check';
import type { AuditLine, ChainHead } from '@assent/contract';
import { ChainVerifier, GENESIS, encodeRow, headText, readHead, rowHashOf } from './chain';
import { ExportError, readExport, writeExport } from './export';

const digest = (data: Uint8Array<ArrayBuffer>) => globalThis.crypto.subtle.digest('SHA-256', data);

/** A chain as the database makes it. */
async function chainOf(details: readonly string[]): Promise<AuditLine[]> {
  const lines: AuditLine[] = [];
  for (const [index, detail] of details.entries()) {
    const line = {
      tenantId: 'acme',
      position: index + 1,
      previousHash: lines.at(-1)?.rowHash ?? GENESIS.hash,
      id: `0190d4c2-0000-7000-8000-${String(index).padStart(12, '0')}`,
      action: 'approval.approve',
      actor: 'reviewer',
      subjectType: 'approval',
      subjectId: String(index),
      runId: null,
      hash: null,
      policyVersion: 'tool:0',
      detail: JSON.stringify({ detail }),
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    lines.push({ ...line, rowHash: await rowHashOf(line, digest) });
  }
  return lines;
}

const headOf = (lines: readonly AuditLine[]): ChainHead => {
  const last = lines.at(-1);
  return last ? { position: last.position, hash: last.rowHash } : GENESIS;
};

async function verify(lines: readonly AuditLine[], end: ChainHead | null, noted: readonly ChainHead[] = []) {
  const verifier = new ChainVerifier(digest, noted);
  // In pages, as they arrive.
  for (let at = 0; at < lines.length; at += 2) await verifier.add(lines.slice(at, at + 2));
  return verifier.finish(end);
}
const kindsOf = ({ problems }: Awaited<ReturnType<typeof verify>>) => problems.map(({ kind }) => kind);

describe('the chain', () => {
  it('verifies as it was written, and leads to its head', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 7 }), async (details) => {
        const lines = await chainOf(details);
        const head = headOf(lines);
        expect(await verify(lines, head, [head])).toEqual({ lines: lines.length, head, problems: [] });
      }),
    );
  });

  it('is encoded as docs/audit.md says', async () => {
    const [line] = await chainOf(['ä']);
    if (!line) throw new Error('no line');
    const text = new TextDecoder().decode(encodeRow(line));
    expect(text).toMatch(/^14:assent-audit-1,4:acme,1:1,64:0{64},36:/);
    expect(text).toContain(',-,-,6:tool:0,15:{"detail":"ä"},');
  });

  it('shows a change, a removal and a swap at the first line they touch', async () => {
    const lines = await chainOf(['a', 'b', 'c', 'd']);
    const [a, b, c, d] = lines as [AuditLine, AuditLine, AuditLine, AuditLine];
    const head = headOf(lines);
    expect((await verify([a, { ...b, actor: 'mallory' }, c, d], head)).problems).toEqual([
      { position: 2, kind: 'content' },
    ]);
    const forged = { ...b, actor: 'mallory' };
    const rehashed = { ...forged, rowHash: await rowHashOf(forged, digest) };
    expect((await verify([a, rehashed, c, d], head)).problems).toEqual([{ position: 3, kind: 'link' }]);
    expect((await verify([a, c, d], head)).problems[0]).toEqual({ position: 3, kind: 'position' });
    expect((await verify([a, c, b, d], head)).problems[0]).toEqual({ position: 3, kind: 'position' });
    expect(kindsOf(await verify([a, { ...b, tenantId: 'other' }], headOf([a, b])))).toEqual(['tenant', 'content']);
  });

  it('shows a cut end by the head of the export, and by a head that was noted down', async () => {
    const lines = await chainOf(['a', 'b', 'c']);
    const cut = lines.slice(0, 2);
    expect((await verify(cut, headOf(lines))).problems).toEqual([{ position: 3, kind: 'head' }]);
    expect((await verify(cut, headOf(cut))).problems).toEqual([]);
    expect((await verify(cut, headOf(cut), [headOf(lines)])).problems).toEqual([{ position: 3, kind: 'cut' }]);
    expect(kindsOf(await verify(lines, null))).toEqual(['headless']);
    const other = { position: 2, hash: 'f'.repeat(64) };
    expect((await verify(lines, headOf(lines), [other])).problems).toEqual([{ position: 2, kind: 'noted' }]);
  });

  it('reads a head as it was noted down, and nothing else', () => {
    const head = { position: 4711, hash: 'ab'.repeat(32) };
    expect(readHead(` ${headText(head)}\n`)).toEqual(head);
    for (const text of ['', '4711', `x:${head.hash}`, `1:${head.hash.toUpperCase()}`, `1:${head.hash}0`])
      expect(readHead(text)).toBeNull();
  });
});

describe('an export', () => {
  it('is read as it was written', async () => {
    const lines = await chainOf(['a', '\n', '\u2028']);
    const head = headOf(lines);
    expect(readExport(writeExport(lines, head))).toEqual({ lines, head });
    expect(readExport(writeExport(lines, head).split('\n').slice(0, 1).join('\n'))).toEqual({
      lines: lines.slice(0, 1),
      head: null,
    });
  });

  it('names the line that is malformed', async () => {
    const [line] = await chainOf(['a']);
    const text = JSON.stringify(line);
    const refused = (source: string) => {
      try {
        readExport(source);
      } catch (error) {
        return error instanceof ExportError ? [error.line, error.kind] : error;
      }
      return null;
    };
    const head = JSON.stringify({ head: GENESIS });
    expect(refused(`${text}\nno json`)).toEqual([2, 'json']);
    expect(refused('7')).toEqual([1, 'json']);
    expect(refused(`\n{"position": 1}`)).toEqual([2, 'line']);
    expect(refused('{"head": {"position": 1, "hash": "x"}}')).toEqual([1, 'head']);
    expect(refused(`${head}\n${text}`)).toEqual([2, 'after']);
  });
});
