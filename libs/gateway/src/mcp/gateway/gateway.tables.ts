import { boolean, instant, table, text, uuid, type RowOf } from '@assent/platform';

/** A call through the MCP gateway. Its state is that of its run. */
export const GATEWAY_CALLS = table(
  'gateway_calls',
  {
    runId: uuid(),
    tenantId: text(),
    subject: text(),
    /** Equal calls share a key and attach to the call that is open or whose result is not collected. */
    key: text(),
    argsHash: text(),
    /** The caller gave the key. Its result is kept for the key. */
    isKeyGiven: boolean(),
    server: text(),
    tool: text(),
    client: text(),
    createdAt: instant(),
    /** When its result was written completely to a client. */
    collectedAt: instant().nullable(),
  },
  {
    primaryKey: ['runId'],
    indexes: {
      gateway_calls_current: {
        on: ['tenantId', 'subject', 'key'],
        unique: true,
        where: '((collected_at IS NULL) OR is_key_given)',
      },
    },
  },
);

export type GatewayCallRow = RowOf<typeof GATEWAY_CALLS>;
