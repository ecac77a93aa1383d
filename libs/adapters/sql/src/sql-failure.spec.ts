import { DatabaseError } from 'pg';
import { Redactor, isTransportFault } from '@assent/tools/testing';
import { sqlFailure } from './sql-failure';

const CONTEXT = { redaction: () => new Redactor().stream(true) };
const answered = (code: string, severity = 'ERROR') =>
  Object.assign(new DatabaseError('words', 5, 'error'), { code, severity });

describe('what an SQLSTATE means for a call of sql tools', () => {
  it.each([
    ['08000', 'overloaded', true],
    ['08003', 'overloaded', true],
    ['08006', 'overloaded', true],
    ['08P01', 'invalid', false],
    ['22P02', 'invalid', false],
    ['22003', 'invalid', false],
    ['23505', 'invalid', false],
    ['25006', 'invalid', false],
    ['25P03', 'timeout', false],
    ['28P01', 'conflict', false],
    ['3D000', 'conflict', false],
    ['40001', 'conflict', false],
    ['40003', 'overloaded', true],
    ['40P01', 'conflict', false],
    ['42501', 'forbidden', false],
    ['42601', 'invalid', false],
    ['53100', 'overloaded', false],
    ['53200', 'overloaded', false],
    ['53300', 'overloaded', true],
    ['53400', 'overloaded', false],
    ['54000', 'invalid', false],
    ['55P03', 'conflict', false],
    ['57014', 'timeout', false],
    ['57P01', 'overloaded', true],
    ['57P02', 'overloaded', true],
    ['57P03', 'overloaded', true],
    ['57P04', 'conflict', false],
    ['57P05', 'overloaded', true],
    ['58030', 'overloaded', false],
    ['P0001', 'invalid', false],
    ['XX000', 'overloaded', false],
    ['', 'invalid', false],
  ])('%s: %s, a fault of the connection: %s', (code, reason, isFault) => {
    const failure = sqlFailure(answered(code), 'shop', true, CONTEXT);
    expect([failure.reason, isTransportFault(failure)]).toEqual([reason, isFault]);
    expect(failure.details['sent']).toBe(isFault ? true : undefined);
  });

  it('takes a fatal 08P01 for the end of the connection, as poolers mean it', () => {
    expect(isTransportFault(sqlFailure(answered('08P01', 'FATAL'), 'shop', false, CONTEXT))).toBe(true);
  });
});
