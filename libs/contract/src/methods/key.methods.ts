import { Type } from '@sinclair/typebox';
import { CreatedKeySchema, KeySchema, NewKeySchema } from '../key';
import { PageLimit, closed, page } from '../schema';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

const KeyId = Type.String({ minLength: 1, maxLength: 128, description: 'UUID, also without hyphens' });

const key = {
  id: STORY.keyId,
  name: 'ci',
  subject: 'developer/ci',
  scopes: ['run:write', 'run:read'],
  roles: [],
  state: 'live',
  createdBy: 'developer',
  createdAt: STORY.startedAt,
  expiresAt: '2027-01-01T00:00:00.000Z',
  lastUsedAt: null,
  revokedAt: null,
} as const;

/** API keys of the tenant. */
export const KEY_METHODS = {
  'key/create': {
    summary: 'A new API key; the answer is the only place where it can be read',
    params: NewKeySchema,
    result: CreatedKeySchema,
    scope: 'key:admin',
    errors: ['forbidden', 'conflict'],
    rest: {
      verb: 'POST',
      path: '/keys',
      operationId: 'ApiKeyController_create',
      status: 201,
      noStore: true,
      shallowPointers: true,
    },
    example: {
      params: { name: key.name, scopes: key.scopes, subject: key.subject, expiresAt: '2027-01-01T00:00:00Z' },
      result: { ...key, key: 'aak_example_this-opens-nothing' },
    },
  },
  'key/list': {
    summary: 'API keys, newest first, revoked and expired ones too',
    params: closed({
      cursor: Type.Optional(Type.String({ maxLength: 128, description: 'Opaque; from the previous page' })),
      limit: Type.Optional({ ...PageLimit, default: 50 }),
    }),
    result: page(KeySchema),
    scope: 'key:admin',
    errors: [],
    rest: { verb: 'GET', path: '/keys', operationId: 'ApiKeyController_list' },
    example: { params: { cursor: STORY.keyId, limit: 20 }, result: { items: [key], cursor: null } },
  },
  'key/get': {
    summary: 'One API key',
    params: closed({ keyId: KeyId }),
    result: KeySchema,
    scope: 'key:admin',
    errors: ['not_found'],
    rest: { verb: 'GET', path: '/keys/{id}', id: 'keyId', operationId: 'ApiKeyController_get' },
    example: { params: { keyId: STORY.keyId }, result: key },
  },
  'key/revoke': {
    summary: 'Revokes an API key for good; the second time it changes nothing',
    params: closed({ keyId: KeyId }),
    result: KeySchema,
    scope: 'key:admin',
    errors: ['not_found', 'forbidden'],
    rest: { verb: 'DELETE', path: '/keys/{id}', id: 'keyId', operationId: 'ApiKeyController_revoke' },
    example: {
      params: { keyId: STORY.keyId },
      result: { ...key, state: 'revoked', revokedAt: STORY.decidedAt },
    },
  },
} as const satisfies Record<string, MethodRow>;
