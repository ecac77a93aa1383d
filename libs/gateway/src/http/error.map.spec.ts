import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssentError, ERROR_REASONS, type ErrorReason } from '@assent/contract';
import { toProblem, toRpcError } from './error.map';

const PAGE = join(__dirname, '../../../../docs/protocol.md');
/** A row of the error table: reason, code, status. */
const ROW = /^\| `([a-z_]+)`\s+\| (-32\d{3})\s+\| (\d{3})\s+\|/gm;

describe('the error map', () => {
  it('gives every reason the code and status of docs/protocol.md, and documents no other', () => {
    const documented = [...readFileSync(PAGE, 'utf8').matchAll(ROW)].map(([, reason, code, status]) => [
      reason,
      Number(code),
      Number(status),
    ]);
    const mapped = (Object.keys(ERROR_REASONS) as ErrorReason[]).map((reason) => {
      const error = new AssentError(reason, 'x');
      return [reason, toRpcError(error, 'r').code, toProblem(error, 'r').status];
    });
    expect(documented).toEqual(mapped);
  });

  it('never lets details replace what every error carries', () => {
    const error = new AssentError('gone', 'x', { type: 'mine', requestId: 'mine', status: 200, earliest: 3 });
    const type = 'urn:assent:error:gone';
    expect(toRpcError(error, 'r').data).toEqual({ type, retryable: false, requestId: 'r', status: 200, earliest: 3 });
    expect(toProblem(error, 'r')).toMatchObject({ type, status: 410, requestId: 'r', earliest: 3 });
  });
});
