import type { MethodResult } from '@assent/contract';

/** A session as the server opened it. */
export type OpenedSession = MethodResult<'session/open'>['sessions'][number];

/** What a browser keeps of sessions. */
export interface SessionRecord {
  readonly sessions: readonly OpenedSession[];
  /** Subject of the session in use. Null: the person chooses one. */
  readonly active: string | null;
}

export const NO_SESSIONS: SessionRecord = { sessions: [], active: null };

/** Sessions out of a stored text. What cannot be read, and what has ended, is left out. */
export function parseRecord(text: string | null, now: number): SessionRecord {
  if (text === null) return NO_SESSIONS;
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !Array.isArray(value['sessions'])) return NO_SESSIONS;
    const { active } = value;
    return living(
      { sessions: value['sessions'].filter(isSession), active: typeof active === 'string' ? active : null },
      now,
    );
  } catch {
    return NO_SESSIONS;
  }
}

/** The sessions that have not ended. */
export function living({ sessions, active }: SessionRecord, now: number): SessionRecord {
  return pruned(
    sessions.filter(({ expiresAt }) => Date.parse(expiresAt) > now),
    active,
  );
}

/** The sessions without one that the server refuses. The active seat is never replaced by another one. */
export function without({ sessions, active }: SessionRecord, keyId: string): SessionRecord {
  return pruned(
    sessions.filter((session) => session.keyId !== keyId),
    active,
  );
}

/** When the first of the sessions ends, in milliseconds since 1970; null without sessions. */
export function firstEnd({ sessions }: SessionRecord): number | null {
  if (sessions.length === 0) return null;
  return Math.min(...sessions.map(({ expiresAt }) => Date.parse(expiresAt)));
}

function pruned(sessions: readonly OpenedSession[], active: string | null): SessionRecord {
  return { sessions, active: sessions.some(({ principal }) => principal.subject === active) ? active : null };
}

function isSession(value: unknown): value is OpenedSession {
  if (!isObject(value) || !isObject(value['principal'])) return false;
  const { tenant, subject, scopes, roles } = value['principal'];
  const texts = [value['key'], value['keyId'], value['expiresAt'], tenant, subject];
  return texts.every((text) => typeof text === 'string') && Array.isArray(scopes) && Array.isArray(roles);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
