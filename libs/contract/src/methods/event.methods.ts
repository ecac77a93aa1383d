import { Type } from '@sinclair/typebox';
import { ApprovalEventSchema } from '../approval';
import { boundedInteger, closed, literals } from '../schema';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

export const EVENT_TOPICS = ['runs', 'approvals'] as const;

const hint = {
  topic: 'run',
  runId: STORY.runId,
  state: 'waiting',
  step: 1,
  waitingFor: 'approval',
  at: STORY.askedAt,
};

/** What happens in a tenant. */
export const EVENT_METHODS = {
  'event/list': {
    summary:
      'What happens in the tenant: a page of events of approvals after a cursor; changes of runs and a pause are not stored',
    params: closed({
      after: Type.Optional(boundedInteger({ description: 'seq of the last event that was read' })),
      topics: Type.Optional(
        Type.Array(literals(EVENT_TOPICS), { minItems: 1, maxItems: EVENT_TOPICS.length, description: 'Default: all' }),
      ),
    }),
    result: Type.Object({
      events: Type.Array(ApprovalEventSchema),
      cursor: Type.Integer({ description: 'Pass as `after` next time' }),
      tail: Type.Integer({ description: 'seq of the newest event' }),
    }),
    scope: null,
    errors: ['forbidden', 'gone'],
    rest: {
      verb: 'GET',
      path: '/events',
      operationId: 'followTenant',
      tag: 'runs',
      summary:
        'What happens in the tenant, as SSE: events of approvals as in GET /approvals/events, changes of runs and a pause without id',
      without: ['after', 'topics'],
      produces: ['text/event-stream', 'application/json'],
      example: {
        params: { after: 0, topics: 'runs,approvals' },
        result: `data: ${JSON.stringify(hint)}\n\n`,
      },
    },
    example: { params: { after: 0, topics: ['approvals'] }, result: { events: [], cursor: 0, tail: 0 } },
  },
} as const satisfies Record<string, MethodRow>;
