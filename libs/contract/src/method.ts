import type { Static } from '@sinclair/typebox';
import { APPROVAL_METHODS } from './methods/approval.methods';
import { MEMORY_METHODS } from './methods/memory.methods';
import type { MethodRow } from './methods/method.row';
import { PLANNER_METHODS } from './methods/planner.methods';
import { RUN_METHODS } from './methods/run.methods';
import { SEARCH_METHODS } from './methods/search.methods';
import { TOOL_METHODS } from './methods/tool.methods';
import { AnyObject, closed } from './schema';

export type { MethodRow } from './methods/method.row';
export { STREAM_PAGE_MAX, STREAM_WAIT_MAX_MS } from './methods/run.methods';

/** The one table of methods: handlers, validation, the OpenRPC document, the client's types and docs come from it. */
export const METHODS = {
  ...RUN_METHODS,
  ...PLANNER_METHODS,
  ...TOOL_METHODS,
  ...APPROVAL_METHODS,
  ...MEMORY_METHODS,
  ...SEARCH_METHODS,
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

/** Methods that start something new: refused while this replica drains. */
export const STARTING_METHODS: ReadonlySet<string> = new Set<MethodName>(['start']);
