import { Type } from '@sinclair/typebox';
import { Timestamp, closed } from '../schema';
import { CurrentSessionSchema, OpenedSessionsSchema } from '../session';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

/** A link's token has 43 characters: nothing longer is read. */
export const SESSION_BODY_LIMIT_BYTES = 1_024;

const principal = {
  tenant: 'local',
  subject: 'developer',
  scopes: ['run:write', 'run:read'],
  roles: ['developer'],
};

/** Sessions of the console: API keys that end by themselves, opened with a credential or by a one-time link. */
export const SESSION_METHODS = {
  'session/open': {
    summary: 'A session of the caller: an API key with the same powers that ends by itself',
    params: closed({
      token: Type.Optional(
        Type.String({ maxLength: 128, description: 'Of a one-time link; only over REST, and in place of credentials' }),
      ),
    }),
    result: OpenedSessionsSchema,
    scope: null,
    errors: ['forbidden', 'conflict', 'invalid_link'],
    rest: {
      verb: 'POST',
      path: '/session',
      operationId: 'openSession',
      tag: 'sessions',
      summary: 'A session of the caller; with the token of a one-time link in place of credentials, those of the link',
      status: 201,
      optionalBody: true,
      bodyLimit: SESSION_BODY_LIMIT_BYTES,
      byTicket: true,
      produces: ['application/json'],
    },
    example: {
      params: { token: 'this-opens-nothing' },
      result: {
        sessions: [
          {
            key: 'aak_example_this-opens-nothing',
            keyId: STORY.keyId,
            expiresAt: '2026-03-02T20:41:07.379Z',
            principal,
          },
        ],
      },
    },
  },
  'session/link': {
    summary: 'A one-time link that opens sessions: of both local principals, or of the caller on another device',
    params: closed({
      reviewerKey: Type.Optional(
        Type.String({ maxLength: 8_192, description: 'Key of the reviewer; the caller is the developer' }),
      ),
    }),
    result: Type.Object({ url: Type.String(), expiresAt: Timestamp }),
    scope: null,
    errors: ['forbidden', 'conflict'],
    rest: {
      verb: 'POST',
      path: '/session/links',
      operationId: 'createSessionLink',
      tag: 'sessions',
      status: 201,
      optionalBody: true,
      noStore: true,
    },
    example: {
      params: { reviewerKey: 'aak_reviewer_this-opens-nothing' },
      result: { url: 'http://127.0.0.1:8080/ui/#in=this-opens-nothing', expiresAt: '2026-03-02T08:51:07.379Z' },
    },
  },
  'session/get': {
    summary: 'Who the caller is: tenant, subject, scopes, roles, and when the credential ends',
    params: closed({}),
    result: CurrentSessionSchema,
    scope: null,
    errors: [],
    rest: { verb: 'GET', path: '/session', operationId: 'getSession', tag: 'sessions' },
    example: {
      params: {},
      result: { ...principal, expiresAt: '2026-03-02T20:41:07.379Z', keyId: STORY.keyId, isSession: true },
    },
  },
  'session/close': {
    summary: 'End the session that the caller uses',
    params: closed({}),
    result: Type.Object({}),
    scope: null,
    errors: ['not_a_session'],
    rest: { verb: 'DELETE', path: '/session', operationId: 'closeSession', tag: 'sessions', status: 204 },
    example: { params: {}, result: {} },
  },
} as const satisfies Record<string, MethodRow>;
