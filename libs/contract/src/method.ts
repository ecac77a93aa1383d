import type { Static } from '@sinclair/typebox';
import { APPROVAL_METHODS } from './methods/approval.methods';
import { AUDIT_METHODS } from './methods/audit.methods';
import { EVENT_METHODS } from './methods/event.methods';
import { FLAG_METHODS } from './methods/flag.methods';
import { IDENTITY_METHODS } from './methods/identity.methods';
import { KEY_METHODS } from './methods/key.methods';
import { MEMORY_METHODS } from './methods/memory.methods';
import type { MethodRow, RestFace } from './methods/method.row';
import { PAUSE_METHODS } from './methods/pause.methods';
import { PLANNER_METHODS } from './methods/planner.methods';
import { RUN_METHODS } from './methods/run.methods';
import { SEARCH_METHODS } from './methods/search.methods';
import { SERVER_METHODS } from './methods/server.methods';
import { SESSION_METHODS } from './methods/session.methods';
import { TOOL_METHODS } from './methods/tool.methods';
import { WEBHOOK_METHODS } from './methods/webhook.methods';
import { AnyObject, closed } from './schema';

export type { MethodRow, RestFace } from './methods/method.row';
export {
  APPROVAL_METHODS,
  AUDIT_METHODS,
  EVENT_METHODS,
  FLAG_METHODS,
  IDENTITY_METHODS,
  KEY_METHODS,
  MEMORY_METHODS,
  PAUSE_METHODS,
  PLANNER_METHODS,
};
export { RUN_METHODS, SEARCH_METHODS, SERVER_METHODS, SESSION_METHODS, TOOL_METHODS, WEBHOOK_METHODS };
export { SESSION_BODY_LIMIT_BYTES } from './methods/session.methods';
export { EVENT_TOPICS } from './methods/event.methods';
export { AUDIT_EXPORT_MAX } from './methods/audit.methods';
export { TREE_MEDIA_TYPES } from './methods/planner.methods';
export { STREAM_PAGE_MAX, STREAM_WAIT_MAX_MS } from './methods/run.methods';

/** The one table of operations: both transports, validation, both API documents, the client's types and the docs come from it. */
export const METHODS = {
  ...RUN_METHODS,
  ...PLANNER_METHODS,
  ...TOOL_METHODS,
  ...APPROVAL_METHODS,
  ...EVENT_METHODS,
  ...MEMORY_METHODS,
  ...SEARCH_METHODS,
  ...AUDIT_METHODS,
  ...WEBHOOK_METHODS,
  ...KEY_METHODS,
  ...IDENTITY_METHODS,
  ...SESSION_METHODS,
  ...FLAG_METHODS,
  ...PAUSE_METHODS,
  ...SERVER_METHODS,
  'rpc.discover': {
    summary: 'The OpenRPC document of this server',
    params: closed({}),
    result: AnyObject,
    scope: null,
    errors: [],
  },
} as const satisfies Record<string, MethodRow>;

export type MethodName = keyof typeof METHODS;
export type MethodParams<M extends MethodName> = Static<(typeof METHODS)[M]['params']>;
export type MethodResult<M extends MethodName> = Static<(typeof METHODS)[M]['result']>;

/** Names that every object has, such as `constructor`, are not names of methods. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}

/** The REST routes of an operation; most have one. */
export function facesOf({ rest = [] }: MethodRow): readonly RestFace[] {
  return Array.isArray(rest) ? (rest as readonly RestFace[]) : [rest as RestFace];
}

/** Methods that start something new: refused while this replica drains. */
export const STARTING_METHODS: ReadonlySet<string> = new Set<MethodName>(['start', 'diff/revert']);
