import { Type } from '@sinclair/typebox';
import { FLAGS, FlagStateSchema } from '../flag';
import { closed, literals, page } from '../schema';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

const FlagName = literals(FLAGS);
const byDefault = { flag: 'auto_approval', enabled: true, source: 'default', actor: null, updatedAt: null } as const;

/** What a tenant has switched on. */
export const FLAG_METHODS = {
  'flag/list': {
    summary: 'All feature flags as they hold for the tenant',
    params: closed({}),
    result: page(FlagStateSchema),
    scope: 'tool:admin',
    errors: [],
    rest: { verb: 'GET', path: '/flags', operationId: 'FlagController_list' },
    example: { params: {}, result: { items: [byDefault], cursor: null } },
  },
  'flag/set': {
    summary: 'Switch a flag for the tenant to its stricter side, or back; every replica follows within seconds',
    params: closed({ flag: FlagName, enabled: Type.Boolean() }),
    result: FlagStateSchema,
    scope: 'tool:admin',
    errors: ['forbidden'],
    rest: { verb: 'PUT', path: '/flags/{flag}', operationId: 'FlagController_set' },
    example: {
      params: { flag: 'auto_approval', enabled: false },
      result: {
        flag: 'auto_approval',
        enabled: false,
        source: 'tenant',
        actor: 'developer',
        updatedAt: STORY.decidedAt,
      },
    },
  },
  'flag/clear': {
    summary: "Take the tenant's own setting back; the configuration holds again",
    params: closed({ flag: FlagName }),
    result: FlagStateSchema,
    scope: 'tool:admin',
    errors: [],
    rest: { verb: 'DELETE', path: '/flags/{flag}', operationId: 'FlagController_clear' },
    example: { params: { flag: 'auto_approval' }, result: byDefault },
  },
} as const satisfies Record<string, MethodRow>;
