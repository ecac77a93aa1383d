import { PROTOCOL_VERSION, SERVER_VERSION, ServerInfoSchema } from '../info';
import { closed } from '../schema';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

/** What there is to know of the server itself. */
export const SERVER_METHODS = {
  'server/info': {
    summary: 'Version, workspaces, model, features, limits and examples of this server',
    params: closed({}),
    result: ServerInfoSchema,
    scope: null,
    errors: [],
    rest: { verb: 'GET', path: '/info', operationId: 'getInfo', tag: 'operations' },
    example: {
      params: {},
      result: {
        version: SERVER_VERSION,
        protocol: PROTOCOL_VERSION,
        tenant: 'local',
        workspaces: [{ name: 'example', example: true }],
        selfApproval: false,
        model: null,
        memory: true,
        features: { search_deliberation: true, auto_approval: true, memory_routing: false },
        pause: null,
        publicUrl: null,
        grafanaUrl: null,
        limits: {
          bodyBytes: 1_048_576,
          goalChars: 8_000,
          traceChars: 200_000,
          actions: 64,
          assumptions: 64,
          associations: 64,
          gainRows: 2_048,
          treeDepth: 6,
          commentChars: 4_000,
          streamPage: 1_000,
          streamWaitMs: 30_000,
          approvalTtlSeconds: 86_400,
          frameRetentionDays: 30,
        },
        examples: [{ id: 'checkout', title: 'Card payments fail', params: { goal: STORY.goal, workspace: 'example' } }],
      },
    },
  },
} as const satisfies Record<string, MethodRow>;
