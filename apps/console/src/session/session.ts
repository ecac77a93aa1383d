import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import { AssentClient } from '@assent/client';
import { now } from '../parts/clock';
import { forgetDrafts } from './drafts';
import { NO_SESSIONS, living, parseRecord, without, type OpenedSession, type SessionRecord } from './session.record';
import { askTabs, shareWithTabs, tellTabs } from './session.tabs';

export { keep, kept } from './drafts';

/** One identity that this browser may act as. */
export interface Seat {
  readonly subject: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly expiresAt: string;
  readonly client: AssentClient;
}

/** Why nobody is signed in. */
export type SignedOutReason = 'new' | 'ended' | 'signed-out' | 'link';

const STORED = 'assent.sessions';
const UNAUTHENTICATED = 401;

const record = signal<SessionRecord>(NO_SESSIONS);
const reason = signal<SignedOutReason>('new');
const opened = signal<readonly OpenedSession[] | null>(null);
/** One client per session: its streams and stores are shared by all screens. */
const clients = new Map<string, AssentClient>();
let isRemembered = false;

export const seats: ReadonlySignal<readonly Seat[]> = computed(() => record.value.sessions.map(seatOf));
export const seat: ReadonlySignal<Seat | null> = computed(
  () => seats.value.find(({ subject }) => subject === record.value.active) ?? null,
);
export const signedOutReason: ReadonlySignal<SignedOutReason> = reason;
/** Sessions of a one-time link that wait for the answer whether they replace those in use. */
export const offeredSessions: ReadonlySignal<readonly OpenedSession[] | null> = opened;

/** The active seat. Only inside of a screen: screens are shown to people who are signed in. */
export function useSeat(): Seat {
  const current = seat.value;
  if (!current) throw new Error('A screen was shown without a session.');
  return current;
}

/** Makes another seat the active one. Only in answer to a click of the person. */
export function switchSeat(subject: string): void {
  if (record.value.sessions.some(({ principal }) => principal.subject === subject)) {
    store({ ...record.value, active: subject });
  }
}

/** Whether the active seat has a scope. */
export function can(scope: string): boolean {
  return seat.value?.scopes.includes(scope) ?? false;
}

/** Another seat that has a scope which the active one lacks. */
export function otherSeatWith(scope: string): Seat | undefined {
  return can(scope) ? undefined : seats.value.find(({ scopes }) => scopes.includes(scope));
}

/** Finds the session of this browser: the stored one, or that of another tab. */
export async function restoreSessions(): Promise<void> {
  const remembered = parseRecord(read('localStorage'), Date.now());
  isRemembered = remembered.sessions.length > 0;
  const own = parseRecord(read('sessionStorage'), Date.now());
  record.value = own.sessions.length > 0 ? own : remembered;
  shareWithTabs({
    ask: () => record.value,
    ended: (keyId) => drop(keyId, 'signed-out'),
  });
  if (record.value.sessions.length > 0) return;
  const shared = await askTabs();
  if (shared) store(living(shared, Date.now()));
}

/** Exchanges a credential for a session and uses it. @throws AssentError */
export async function signIn(credential: string, remember: boolean): Promise<void> {
  const client = new AssentClient({ url: window.location.origin, credential });
  const { sessions } = await client.call('session/open', {});
  adopt(sessions, remember);
}

/** Opens the sessions of a one-time link. Where others are in use the person is asked first. @throws when the link is refused */
export async function openLink(token: string): Promise<void> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (!response.ok) {
    reason.value = 'link';
    return;
  }
  const { sessions } = (await response.json()) as { readonly sessions: readonly OpenedSession[] };
  if (record.value.sessions.length > 0) opened.value = sessions;
  else adopt(sessions, false);
}

/** The answer to `offeredSessions`. Sessions that are not used are ended. */
export function answerOffer(accepted: boolean): void {
  const offer = opened.value ?? [];
  opened.value = null;
  const unused = accepted ? record.value.sessions : offer;
  if (accepted) adopt(offer, isRemembered);
  for (const session of unused) void close(session);
}

/** Ends all sessions of this browser, at the server too. @param keepsDrafts the same person signs in again */
export async function signOut({ keepsDrafts = false } = {}): Promise<void> {
  const { sessions } = record.value;
  await Promise.all(sessions.map(close));
  if (!keepsDrafts) forgetDrafts();
  reason.value = 'signed-out';
  store(NO_SESSIONS);
  for (const { keyId } of sessions) tellTabs(keyId);
}

/** Notices the end of sessions, also when the machine has slept in between. */
export function watchSessions(): void {
  effect(() => {
    if (now.value) dropEnded();
  });
}

function dropEnded(): void {
  const left = living(record.value, Date.now());
  if (left.sessions.length < record.value.sessions.length) {
    reason.value = 'ended';
    store(left);
  }
}

function adopt(sessions: readonly OpenedSession[], remember: boolean): void {
  isRemembered = remember;
  store({ sessions, active: sessions[0]?.principal.subject ?? null });
}

function drop(keyId: string, why: SignedOutReason): void {
  if (!record.value.sessions.some((session) => session.keyId === keyId)) return;
  reason.value = why;
  store(without(record.value, keyId));
}

async function close(session: OpenedSession): Promise<void> {
  try {
    await clientOf(session).call('session/close', {});
  } catch {
    // It has ended already, or it ends by itself.
  }
}

function seatOf(session: OpenedSession): Seat {
  const { tenant, subject, scopes, roles } = session.principal;
  return { tenant, subject, scopes, roles, expiresAt: session.expiresAt, client: clientOf(session) };
}

function clientOf({ key, keyId }: OpenedSession): AssentClient {
  const known = clients.get(keyId);
  if (known) return known;
  const client = new AssentClient({
    url: window.location.origin,
    credential: key,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (response.status === UNAUTHENTICATED) drop(keyId, 'ended');
      return response;
    },
  });
  clients.set(keyId, client);
  return client;
}

function store(next: SessionRecord): void {
  record.value = next;
  const text = next.sessions.length === 0 ? null : JSON.stringify(next);
  write('sessionStorage', text);
  if (isRemembered || text === null) write('localStorage', text);
}

function read(storage: 'localStorage' | 'sessionStorage'): string | null {
  try {
    return window[storage].getItem(STORED);
  } catch {
    return null;
  }
}

function write(storage: 'localStorage' | 'sessionStorage', text: string | null): void {
  try {
    if (text === null) window[storage].removeItem(STORED);
    else window[storage].setItem(STORED, text);
  } catch {
    // Without storage the session lasts as long as the page.
  }
}
