import { Type, type Static } from '@sinclair/typebox';
import { SCOPES } from './principal';
import { Timestamp, Uuid, closed, literals, nullable } from './schema';

const NAME_MAX_CHARS = 128;
const ROLES_MAX = 32;
const GLOB_MAX_CHARS = 256;
const GLOBS_MAX = 32;
const Name = Type.String({ maxLength: NAME_MAX_CHARS });
const globs = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: GLOB_MAX_CHARS }), {
      minItems: 1,
      maxItems: GLOBS_MAX,
      description,
    }),
  );
const ACCESS = {
  mcpServers: globs('Globs of MCP servers. The key can only call their tools, through the MCP gateway'),
  tools: globs(
    'Globs of tools, as in the tool policy (`mcp.files.read_*`). The key can only call them, through the MCP gateway',
  ),
};

export const NewKeySchema = closed({
  name: Type.String({ minLength: 1, maxLength: NAME_MAX_CHARS, description: 'What it is for; for people' }),
  scopes: Type.Array(literals(SCOPES), { minItems: 1, maxItems: SCOPES.length }),
  subject: Type.Optional(
    Type.String({ maxLength: NAME_MAX_CHARS, description: 'Who it speaks for. Default: the caller' }),
  ),
  roles: Type.Optional(Type.Array(Name, { maxItems: ROLES_MAX, description: 'Names that approval policies ask for' })),
  ...ACCESS,
  expiresAt: Type.Optional(
    Type.String({
      format: 'date-time',
      description: "Default and latest: the end of the caller's own credential",
    }),
  ),
});

/** An API key without its secret. */
export const KeySchema = Type.Object({
  id: Uuid,
  name: Type.String(),
  subject: Type.String(),
  scopes: Type.Array(literals(SCOPES)),
  roles: Type.Array(Type.String()),
  ...ACCESS,
  state: literals(['live', 'expired', 'revoked']),
  createdBy: Type.String(),
  createdAt: Timestamp,
  expiresAt: nullable(Timestamp),
  lastUsedAt: nullable(Type.String({ format: 'date-time', description: 'Up to an hour behind' })),
  revokedAt: nullable(Timestamp),
});
export type Key = Static<typeof KeySchema>;

export const CreatedKeySchema = Type.Object({
  ...KeySchema.properties,
  key: Type.String({ description: 'The key itself, in this answer only' }),
});
