import { Type, type Static, type TBoolean } from '@sinclair/typebox';
import { FLAGS, type Flag } from './flag';
import { PauseSchema } from './pause';
import { nullable } from './schema';
import { StartParamsSchema } from './start-params';

/** Version of what goes over the wire; a new first number says that something has changed its meaning. */
export const PROTOCOL_VERSION = '1.0.0';
/** Version of this server, as in package.json. */
export const SERVER_VERSION = '0.1.0';

const flags: Record<string, TBoolean> = Object.fromEntries(FLAGS.map((flag) => [flag, Type.Boolean()]));

export const ExampleRunSchema = Type.Object({
  id: Type.String(),
  title: Type.String(),
  params: StartParamsSchema,
});
export type ExampleRun = Static<typeof ExampleRunSchema>;

/** What a client has to know of this server before it shows anything. */
export const ServerInfoSchema = Type.Object({
  version: Type.String(),
  protocol: Type.String(),
  tenant: Type.String(),
  workspaces: Type.Array(
    Type.Object({ name: Type.String(), example: Type.Boolean({ description: 'The one that is shipped' }) }),
  ),
  selfApproval: Type.Boolean({ description: 'Requesters may decide their own runs' }),
  model: nullable(Type.Object({ provider: Type.String(), name: Type.String() })),
  memory: Type.Boolean({ description: 'Runs recall and learn unless they say `memory: false`' }),
  features: Type.Object(flags as Record<Flag, TBoolean>, { description: 'Feature flags of the tenant' }),
  pause: nullable(PauseSchema),
  publicUrl: nullable(Type.String()),
  grafanaUrl: nullable(Type.String({ description: 'Where graphs of this server are; null without GRAFANA_URL' })),
  limits: Type.Object({
    bodyBytes: Type.Integer(),
    goalChars: Type.Integer(),
    traceChars: Type.Integer(),
    actions: Type.Integer(),
    assumptions: Type.Integer(),
    associations: Type.Integer(),
    gainRows: Type.Integer(),
    treeDepth: Type.Integer(),
    commentChars: Type.Integer(),
    streamPage: Type.Integer(),
    streamWaitMs: Type.Integer(),
    approvalTtlSeconds: Type.Integer(),
    frameRetentionDays: Type.Integer(),
  }),
  examples: Type.Array(ExampleRunSchema, { description: 'Runs to try in the shipped workspace; empty without it' }),
});
