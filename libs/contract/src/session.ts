import { Type } from '@sinclair/typebox';
import { SCOPES } from './principal';
import { Timestamp, Uuid, literals, nullable } from './schema';

/** A principal as clients see it. */
const principal = {
  tenant: Type.String(),
  subject: Type.String(),
  scopes: Type.Array(literals(SCOPES)),
  roles: Type.Array(Type.String()),
};

export const OpenedSessionsSchema = Type.Object({
  sessions: Type.Array(
    Type.Object({
      key: Type.String({ description: 'An API key, in this answer only' }),
      keyId: Uuid,
      expiresAt: Timestamp,
      principal: Type.Object(principal),
    }),
    { description: 'One; two for the link of a local server: developer, reviewer' },
  ),
});

export const CurrentSessionSchema = Type.Object({
  ...principal,
  expiresAt: nullable(Timestamp),
  keyId: nullable(Uuid),
  isSession: Type.Boolean({ description: 'Whether DELETE /session would end it' }),
});
