import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import { GLOB_MAX_CHARS } from '@assent/platform';
import type { ToolFamily } from './tool-adapter.port';

const MAX_GLOBS = 100;
/** Longest time for which any current client waits for a call. */
const MAX_HOLD_SECONDS = 1_800;
const MAX_OPEN_CALLS = 100_000;
const DEFAULT_OPEN_CALLS = 500;

/** The section `gateway` of the tools file: which tools of MCP servers clients of the MCP gateway can call. */
const GatewaySection = closed({
  enabled: Type.Optional(Type.Boolean()),
  /** Globs of server names. */
  servers: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: GLOB_MAX_CHARS }), { maxItems: MAX_GLOBS })),
  /** By client name, and `default`: how long a call waits for its decision. */
  holdSeconds: Type.Optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 0, maximum: MAX_HOLD_SECONDS }), {
      maxProperties: MAX_GLOBS,
    }),
  ),
  /** Limit for each tenant. */
  maxOpenCalls: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_OPEN_CALLS })),
});

/** Settings of the MCP gateway. */
export class GatewaySettings {
  readonly enabled: boolean;
  readonly servers: readonly string[];
  readonly holdSeconds: Readonly<Record<string, number>>;
  readonly maxOpenCalls: number;

  constructor({ enabled, servers, holdSeconds, maxOpenCalls }: Static<typeof GatewaySection> = {}) {
    this.enabled = enabled ?? true;
    this.servers = servers ?? ['*'];
    this.holdSeconds = holdSeconds ?? {};
    this.maxOpenCalls = maxOpenCalls ?? DEFAULT_OPEN_CALLS;
  }
}

/** Checks the section together with those of the tool families. It creates no tools. */
export const gatewaySection: ToolFamily = { section: 'gateway', settingsSchema: GatewaySection, create: () => [] };
