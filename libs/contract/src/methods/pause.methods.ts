import { Type } from '@sinclair/typebox';
import { PAUSE_REASON_MAX_CHARS, PauseSchema } from '../pause';
import { closed } from '../schema';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

const reason = 'The vendor reports an incident';

/** Stops everything that a tenant's runs do, and lets it go on. */
export const PAUSE_METHODS = {
  'pause/set': {
    summary: 'Pause the tenant: from the answer on no effect starts, and runs wait until it is resumed',
    params: closed({ reason: Type.String({ minLength: 1, maxLength: PAUSE_REASON_MAX_CHARS }) }),
    result: Type.Object({
      ...PauseSchema.properties,
      effectsInProgress: Type.Integer({ description: 'Effects that had started before and have not ended yet' }),
    }),
    scope: 'tool:admin',
    errors: ['conflict'],
    rest: { verb: 'PUT', path: '/pause', operationId: 'pauseTenant' },
    example: {
      params: { reason },
      result: { reason, actor: 'developer', since: STORY.decidedAt, effectsInProgress: 0 },
    },
  },
  'pause/clear': {
    summary: 'Resume the tenant: its runs go on by themselves',
    params: closed({}),
    result: Type.Object({}),
    scope: 'tool:admin',
    errors: [],
    rest: { verb: 'DELETE', path: '/pause', operationId: 'resumeTenant', status: 204 },
    example: { params: {}, result: {} },
  },
} as const satisfies Record<string, MethodRow>;
