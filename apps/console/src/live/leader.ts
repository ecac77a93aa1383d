import { Election, type Ballot } from './election';

const TICK_MS = 300;

/**
 * Calls `lead` in one tab of the browser at a time, until `signal` is aborted. By a lock where the browser has them, else by an
 * election: pages over plain HTTP have no locks.
 * @param lead ends when its signal is aborted
 */
export function leadWhenChosen(
  name: string,
  signal: AbortSignal,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  // Absent without a secure context, unlike what its type says.
  const locks = navigator.locks as LockManager | undefined;
  return locks ? byLock(locks, name, signal, lead) : byElection(name, signal, lead);
}

async function byLock(
  locks: LockManager,
  name: string,
  signal: AbortSignal,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    await locks.request(name, { signal }, () => (signal.aborted ? undefined : lead(signal)));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function byElection(name: string, signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(`${name}.election`);
    const election = new Election(idOfTab(), Date.now(), (ballot) => channel.postMessage(ballot));
    let leading: AbortController | null = null;
    const apply = (): void => {
      if (election.isLeading && !leading) {
        leading = new AbortController();
        void lead(leading.signal);
      } else if (!election.isLeading && leading) {
        leading.abort();
        leading = null;
      }
    };
    channel.addEventListener('message', ({ data }: MessageEvent<Ballot>) => {
      election.receive(data, Date.now());
      apply();
    });
    const timer = setInterval(() => {
      election.tick(Date.now());
      apply();
    }, TICK_MS);
    const end = (): void => {
      clearInterval(timer);
      election.leave();
      leading?.abort();
      channel.close();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    window.addEventListener('pagehide', () => election.leave(), { signal });
  });
}

/** Ids by `getRandomValues`: `randomUUID` is there in secure contexts alone. */
function idOfTab(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, '0')).join('');
}
