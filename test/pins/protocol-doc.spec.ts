import type { TSchema } from '@sinclair/typebox';
import {
  COMMENT_MAX_CHARS,
  ERROR_REASONS,
  FRAME_BODIES,
  GOAL_MAX_CHARS,
  MAX_ACTIONS,
  MAX_ASSOCIATIONS,
  MAX_ASSUMPTIONS,
  MAX_DEPTH,
  MAX_GAIN_ROWS,
  METHODS,
  SESSION_BODY_LIMIT_BYTES,
  STREAM_PAGE_MAX,
  STREAM_WAIT_MAX_MS,
  TRACE_MAX_CHARS,
  type MethodRow,
} from '@assent/contract';
import { Environment } from '@assent/platform';
import { UNAUTHENTICATED_BODY_LIMIT_BYTES } from '@assent/identity';
import { BODY_LIMIT_BYTES, JSON_MAX_DEPTH, JSON_MAX_KEYS, JSON_MAX_VALUES } from '@assent/gateway';
import { TICKET_SECONDS } from '@assent/runs';
import { docTable } from '../support/doc-tables';

const PAGE = 'protocol.md';

/** Names of properties as the page writes them: `a, b?`. */
function namesOf(schema: TSchema): string {
  const required = new Set<string>((schema['required'] as string[] | undefined) ?? []);
  const names = Object.keys((schema['properties'] as object | undefined) ?? {});
  return names.map((name) => (required.has(name) ? name : `${name}?`)).join(', ') || 'none';
}

describe('docs/protocol.md', () => {
  it('lists every method with its params, scope and errors, and no other', () => {
    const documented = docTable(PAGE, 'method', 'params', 'result', 'scope', 'errors').map(
      ([name, params, , scope, errors]) => [name, params, scope, errors],
    );
    const declared = Object.entries<MethodRow>(METHODS).map(([name, { params, scope, errors }]) => [
      name,
      namesOf(params),
      scope ?? 'any',
      errors.join(' ') || 'none',
    ]);
    expect(documented).toEqual(declared);
  });

  it('tells what each method answers where that is not an object of its own name', () => {
    for (const [name = '', , result = ''] of docTable(PAGE, 'method', 'params', 'result', 'scope', 'errors')) {
      if (/^(?:an? (?:Tree|Run|Diff|Approval)|the OpenRPC document)$/.test(result)) continue;
      expect([name, result]).toEqual([name, namesOf(METHODS[name as keyof typeof METHODS].result)]);
    }
  });

  it('lists every frame type with its body, and no other', () => {
    const documented = docTable(PAGE, 'type', 'body', 'meaning').map(([type, body]) => [type, body]);
    expect(documented).toEqual(Object.entries<TSchema>(FRAME_BODIES).map(([type, body]) => [type, namesOf(body)]));
  });

  it('lists every reason of an error, and whether to try again', () => {
    const documented = docTable(PAGE, 'reason', 'code', 'status', 'retryable', 'meaning').map(
      ([reason, , , retryable]) => [reason, retryable],
    );
    expect(documented).toEqual(
      Object.entries(ERROR_REASONS).map(([reason, { retryable }]) => [reason, retryable ? 'yes' : 'no']),
    );
  });

  it('states the limits that the code has', () => {
    const env = new Environment();
    const limits = new Map(
      docTable(PAGE, 'limit', 'value', 'beyond it').map(([limit = '', value = '']) => [
        limit,
        Number.parseInt(value, 10),
      ]),
    );
    expect(Object.fromEntries(limits)).toMatchObject({
      body: BODY_LIMIT_BYTES,
      'body of a signed callback': UNAUTHENTICATED_BODY_LIMIT_BYTES,
      'body of POST /session': SESSION_BODY_LIMIT_BYTES,
      'nesting of a body': JSON_MAX_DEPTH,
      'keys of a body': JSON_MAX_KEYS,
      'values of a body': JSON_MAX_VALUES,
      goal: GOAL_MAX_CHARS,
      'trace, all parts': TRACE_MAX_CHARS,
      actions: MAX_ACTIONS,
      assumptions: MAX_ASSUMPTIONS,
      associations: MAX_ASSOCIATIONS,
      'gain rows': MAX_GAIN_ROWS,
      'depth of a tree': MAX_DEPTH,
      'comment of a decision': COMMENT_MAX_CHARS,
      'stream page': STREAM_PAGE_MAX,
      'stream wait': STREAM_WAIT_MAX_MS,
      'stream ticket': TICKET_SECONDS,
      'pending approval (APPROVAL_TTL_SECONDS)': env.APPROVAL_TTL_SECONDS,
      'frames of an ended run (FRAME_RETENTION_DAYS)': env.FRAME_RETENTION_DAYS,
      'open streams of a replica (MAX_STREAMS)': env.MAX_STREAMS,
      'runs at work in a replica (MAX_ACTIVE_RUNS)': env.MAX_ACTIVE_RUNS,
      'runs in the queue (MAX_QUEUED_RUNS)': env.MAX_QUEUED_RUNS,
    });
  });
});
