import type { SessionRecord } from './session.record';

/** Tabs of one browser give each other their sessions, and say which have ended. */
type Message =
  | { readonly type: 'ask' }
  | { readonly type: 'have'; readonly record: SessionRecord }
  | { readonly type: 'ended'; readonly keyId: string };

const CHANNEL = 'assent.sessions';
/** A tab that is there answers within this time. */
const ANSWER_MS = 200;

const channel = new BroadcastChannel(CHANNEL);

export interface Sharing {
  readonly ask: () => SessionRecord;
  readonly ended: (keyId: string) => void;
}

export function shareWithTabs({ ask, ended }: Sharing): void {
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.type === 'ended') ended(data.keyId);
    if (data.type === 'ask' && ask().sessions.length > 0) post({ type: 'have', record: ask() });
  });
}

/** The sessions of another tab; null: no other tab has one. */
export function askTabs(): Promise<SessionRecord | null> {
  return new Promise((resolve) => {
    const answer = (record: SessionRecord | null): void => {
      clearTimeout(timer);
      channel.removeEventListener('message', listener);
      resolve(record);
    };
    const listener = ({ data }: MessageEvent<Message>): void => {
      if (data.type === 'have') answer(data.record);
    };
    const timer = setTimeout(() => answer(null), ANSWER_MS);
    channel.addEventListener('message', listener);
    post({ type: 'ask' });
  });
}

/** Says that a session has ended. */
export function tellTabs(keyId: string): void {
  post({ type: 'ended', keyId });
}

function post(message: Message): void {
  channel.postMessage(message);
}
