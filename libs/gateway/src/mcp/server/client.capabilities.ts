import type { McpRequestScope } from '../mcp.sdk';

/** The extension with which a client accepts the handle of a call instead of its result. */
export const TASKS = 'io.modelcontextprotocol/tasks';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

interface ClientCapabilities {
  readonly elicitation?: { readonly form?: object; readonly url?: object };
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What the client of a request of the newer protocol can do; nothing with the older one. */
export function capabilitiesOf({ envelope }: { readonly envelope?: unknown }): ClientCapabilities {
  const members = (envelope ?? {}) as Readonly<Record<string, ClientCapabilities | undefined>>;
  return members[CAPABILITIES] ?? {};
}

/** `elicitation` without members means forms. */
export function takesForms(mcp: McpRequestScope): boolean {
  const { elicitation } = capabilitiesOf(mcp);
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

export function takesTasks(mcp: { readonly envelope?: unknown }): boolean {
  return capabilitiesOf(mcp).extensions?.[TASKS] !== undefined;
}
