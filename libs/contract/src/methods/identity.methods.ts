import { Type } from '@sinclair/typebox';
import { IdentitySchema, NewIdentitySchema } from '../identity';
import { Cursor, PageLimit, Uuid, closed, page } from '../schema';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

const identity = {
  id: STORY.identityId,
  provider: 'slack',
  externalId: 'U024BE7LH',
  subject: 'ann',
  roles: ['security'],
  createdBy: 'admin',
  createdAt: STORY.startedAt,
};

/** Accounts at other providers, and the subjects for which they decide. */
export const IDENTITY_METHODS = {
  'identity/create': {
    summary: 'Map an account at another provider to the subject for which it decides by callback; needs the role admin',
    params: NewIdentitySchema,
    result: IdentitySchema,
    scope: 'key:admin',
    errors: ['forbidden', 'conflict'],
    rest: {
      verb: 'POST',
      path: '/identities',
      operationId: 'createIdentity',
      status: 201,
      shallowPointers: true,
    },
    example: {
      params: { provider: 'slack', externalId: identity.externalId, subject: identity.subject, roles: identity.roles },
      result: identity,
    },
  },
  'identity/list': {
    summary: 'Mapped accounts, newest first; needs the role admin',
    params: closed({ cursor: Type.Optional(Cursor), limit: Type.Optional(PageLimit) }),
    result: page(IdentitySchema),
    scope: 'key:admin',
    errors: ['forbidden'],
    rest: { verb: 'GET', path: '/identities', operationId: 'listIdentities' },
    example: { params: { cursor: STORY.identityId, limit: 20 }, result: { items: [identity], cursor: null } },
  },
  'identity/delete': {
    summary: 'Remove a mapping: the account decides no more; needs the role admin',
    params: closed({ identityId: Uuid }),
    result: Type.Object({}),
    scope: 'key:admin',
    errors: ['not_found', 'forbidden'],
    rest: {
      verb: 'DELETE',
      path: '/identities/{id}',
      id: 'identityId',
      operationId: 'deleteIdentity',
      status: 204,
    },
    example: { params: { identityId: STORY.identityId }, result: {} },
  },
} as const satisfies Record<string, MethodRow>;
