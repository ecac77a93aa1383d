import { AssentError } from '@assent/contract';
import { DatabaseError } from 'pg';
import { toPublicError } from './public.error';

const said = (code: string) => Object.assign(new DatabaseError('said', 4, 'error'), { code, severity: 'ERROR' });

describe('the public error after a database failure', () => {
  it.each([
    ['a number that no column holds', said('22003'), 'invalid', false],
    ['a statement that took too long', said('57014'), 'overloaded', true],
    ['a full disk', said('53100'), 'overloaded', true],
    ['a database that is read only', said('25006'), 'overloaded', true],
    ['a connection that went silent', new Error('Query read timeout'), 'overloaded', true],
    ['a connection that ended', new Error('Connection terminated unexpectedly'), 'overloaded', true],
    ['a parameter that we forgot', said('08P01'), 'internal', true],
    ['a column that we misspelt', said('42703'), 'internal', true],
    ['an error of ours', new AssentError('gone', 'Connection terminated unexpectedly'), 'gone', false],
  ])('%s', (_, thrown, reason, retryable) => {
    const { reason: told, retryable: again, message } = toPublicError(thrown);
    expect([told, again]).toEqual([reason, retryable]);
    expect(message).not.toContain('said');
  });
});
