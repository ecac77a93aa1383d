import { Type, type Static } from '@sinclair/typebox';
import { Timestamp, Uuid, closed } from './schema';

const ROLES_MAX = 32;
const SUBJECT_MAX_CHARS = 128;

const Provider = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'Where the account is, such as `slack`' });
const ExternalId = Type.String({ minLength: 1, maxLength: 256, description: 'Id of the account there, exactly' });

/** An account at another provider that speaks for a subject: `slack` U024BE7LH is ann. */
export const NewIdentitySchema = closed({
  provider: Provider,
  externalId: ExternalId,
  subject: Type.String({ maxLength: SUBJECT_MAX_CHARS, description: 'The subject that decides' }),
  roles: Type.Optional(
    Type.Array(Type.String({ maxLength: 128 }), {
      maxItems: ROLES_MAX,
      description: 'Roles that the subject decides with, where the callback key has them too; only roles of the caller',
    }),
  ),
});
export type NewIdentity = Static<typeof NewIdentitySchema>;

export const IdentitySchema = Type.Object({
  id: Uuid,
  provider: Type.String(),
  externalId: Type.String(),
  subject: Type.String(),
  roles: Type.Array(Type.String()),
  createdBy: Type.String(),
  createdAt: Timestamp,
});
export type Identity = Static<typeof IdentitySchema>;

/** The person for whom a callback decides. */
export const OnBehalfOfSchema = closed(
  {
    provider: Provider,
    externalId: ExternalId,
    displayName: Type.Optional(Type.String({ maxLength: 256, description: 'Only for the text of an error' })),
  },
  { description: 'Required by a callback key with `actors: "mapped"`, refused by any other' },
);
export type OnBehalfOf = Static<typeof OnBehalfOfSchema>;
