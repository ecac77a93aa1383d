import { Type, type Static } from '@sinclair/typebox';
import { closed, literals } from '@assent/contract';
import type { ToolHost } from '@assent/tools';

const SERVERS_MAX = 50;
const LIST_MAX = 100;
const TEXT_MAX_CHARS = 4_096;
const TIMEOUT_MAX_MS = 600_000;
/** Long enough for a search or a build. Longer work belongs in a job of the server. */
const DEFAULT_TIMEOUT_MS = 60_000;

const Text = Type.String({ maxLength: TEXT_MAX_CHARS, pattern: '^[^\\u0000]*$' });
const VariableName = '^[A-Za-z_][A-Za-z0-9_]{0,127}$';

/** A constant, or the name of an environment variable of the server that holds the secret. */
const Value = Type.Union([Text, closed({ secret: Type.String({ pattern: VariableName }) })]);

const Common = {
  /** Maximum duration of one call in milliseconds. */
  timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: TIMEOUT_MAX_MS })),
  /** Effects by the server's own tool names. They override what the server declares. */
  effects: Type.Optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 128 }), literals(['read', 'external'] as const), {
      maxProperties: LIST_MAX,
    }),
  ),
};

const StdioServer = closed({
  command: Type.String({ minLength: 1, maxLength: TEXT_MAX_CHARS, pattern: '^[^\\u0000]+$' }),
  args: Type.Optional(Type.Array(Text, { maxItems: LIST_MAX })),
  env: Type.Optional(
    Type.Record(Type.String({ pattern: VariableName }), Value, {
      maxProperties: LIST_MAX,
      additionalProperties: false,
    }),
  ),
  cwd: Type.Optional(Type.String({ maxLength: TEXT_MAX_CHARS, pattern: '^/[^\\u0000]*$' })),
  ...Common,
});

const HttpServer = closed({
  url: Type.String({ maxLength: TEXT_MAX_CHARS, pattern: '^https?://[^\\s]+$' }),
  headers: Type.Optional(
    Type.Record(Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$" }), Value, {
      maxProperties: LIST_MAX,
      additionalProperties: false,
    }),
  ),
  ...Common,
});

/** The section `mcp` of the tools file. Without servers the family is off. */
export const McpSettings = closed({
  servers: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,31}$' }), Type.Union([StdioServer, HttpServer]), {
      maxProperties: SERVERS_MAX,
      additionalProperties: false,
    }),
  ),
  /** `first-use` (default): trusts a new tool as first seen. `pinned`: trusts only tools that a person has trusted. */
  trust: Type.Optional(literals(['first-use', 'pinned'] as const)),
});
export type McpSettings = Static<typeof McpSettings>;

/** How to reach a server, with secrets filled in. */
export type McpEndpoint =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | null;
    }
  | { readonly kind: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export interface McpServer {
  readonly name: string;
  readonly endpoint: McpEndpoint;
  readonly timeoutMs: number;
  readonly effects: ReadonlyMap<string, 'read' | 'external'>;
  /** See `ToolHost`. */
  readonly redact: ToolHost['redact'];
}

/** @throws Error naming the variable of a secret that is not set */
export function serversOf({ servers = {} }: McpSettings, host: Pick<ToolHost, 'secret' | 'redact'>): McpServer[] {
  const filled = (values: Readonly<Record<string, Static<typeof Value>>> = {}) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : host.secret(value.secret),
      ]),
    );
  return Object.entries(servers).map(([name, settings]) => ({
    name,
    endpoint:
      'url' in settings
        ? { kind: 'http', url: settings.url, headers: filled(settings.headers) }
        : {
            kind: 'stdio',
            command: settings.command,
            args: settings.args ?? [],
            env: filled(settings.env),
            cwd: settings.cwd ?? null,
          },
    timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    effects: new Map(Object.entries(settings.effects ?? {})),
    redact: (text) => host.redact(text),
  }));
}
