import fc from 'fast-check';
import { ChainVerifier, GENESIS, rowHashOf } from './audit.chain';
import type { AuditLine, ChainHead } from '@assent/contract';

/** A chain as the database would make it. */
function chainOf(details: readonly string[], tenantId = 'acme'): AuditLine[] {
  let head = GENESIS;
  return details.map((detail, index) => {
    const line = {
      tenantId,
      position: index + 1,
      previousHash: head.hash,
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
    const rowHash = rowHashOf(line);
    head = { position: line.position, hash: rowHash };
    return { ...line, rowHash };
  });
}

function verify(lines: readonly AuditLine[], known: readonly ChainHead[] = []) {
  const verifier = new ChainVerifier(known);
  for (const line of lines) verifier.add(line);
  return verifier.finish();
}

const headOf = (lines: readonly AuditLine[]): ChainHead => {
  const last = lines.at(-1);
  return last ? { position: last.position, hash: last.rowHash } : GENESIS;
};

const chains = fc
  .array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 12 })
  .map((details) => chainOf(details));
const chainAndPlace = chains.chain((lines) =>
  fc.record({ lines: fc.constant(lines), at: fc.nat({ max: lines.length - 1 }) }),
);

describe('the audit chain', () => {
  it('verifies as it was written, and gives its head', () => {
    fc.assert(
      fc.property(chains, (lines) => {
        expect(verify(lines, [headOf(lines)])).toEqual({ head: headOf(lines), problems: [] });
      }),
    );
  });

  it('shows a change of any column of any line', () => {
    const columns = fc.constantFrom(
      ...([
        'tenantId',
        'id',
        'action',
        'actor',
        'subjectType',
        'subjectId',
        'runId',
        'hash',
        'policyVersion',
        'detail',
        'createdAt',
      ] as const),
    );
    fc.assert(
      fc.property(chainAndPlace, columns, ({ lines, at }, column) => {
        const changed = lines.map((line, index) =>
          index === at ? { ...line, [column]: `${line[column] ?? ''}x` } : line,
        );
        expect(verify(changed).problems.length).toBeGreaterThan(0);
      }),
    );
  });

  it('shows a changed line whose own hash was made anew, at the line behind it or by the noted head', () => {
    fc.assert(
      fc.property(chainAndPlace, ({ lines, at }) => {
        const forged = lines.map((line, index) => {
          if (index !== at) return line;
          const other = { ...line, actor: 'somebody else' };
          return { ...other, rowHash: rowHashOf(other) };
        });
        expect(verify(forged, [headOf(lines)]).problems.length).toBeGreaterThan(0);
      }),
    );
  });

  it('shows a line that was taken out, and two that changed places', () => {
    fc.assert(
      fc.property(chainAndPlace, ({ lines, at }) => {
        const without = lines.filter((_, index) => index !== at);
        expect(verify(without, [headOf(lines)]).problems.length).toBeGreaterThan(0);
        const other = (at + 1) % lines.length;
        const swapped = lines.map((line, index) => {
          if (index === at) return lines[other] ?? line;
          return index === other ? (lines[at] ?? line) : line;
        });
        expect(verify(swapped).problems.length).toBeGreaterThan(0);
      }),
    );
  });

  it('shows that the end was cut off when the head was noted down before', () => {
    const lines = chainOf(['a', 'b', 'c']);
    expect(verify(lines.slice(0, 2)).problems).toEqual([]);
    expect(verify(lines.slice(0, 2), [headOf(lines)]).problems).toEqual([
      { position: 3, problem: 'lines up to here were noted down, and are missing' },
    ]);
  });

  it('does not take the fields of one row for others', () => {
    const [line] = chainOf(['a']);
    if (!line) throw new Error('no line');
    expect(rowHashOf({ ...line, actor: 'ab', subjectType: 'c' })).not.toBe(
      rowHashOf({ ...line, actor: 'a', subjectType: 'bc' }),
    );
    expect(rowHashOf({ ...line, hash: null })).not.toBe(rowHashOf({ ...line, hash: '' }));
  });
});
