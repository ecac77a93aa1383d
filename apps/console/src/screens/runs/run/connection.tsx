import { number } from '../../../format';
import { lineOf, type ConnectionLine as Line } from './connection.words';
import type { FeedStatus } from './run.feed';
import { RUN } from './texts';
import { useSeconds } from '../../../parts/seconds';

const TEXTS = RUN.connection;

/** How the stream of the run stands, in words. */
export function ConnectionLine(props: {
  readonly status: FeedStatus;
  readonly seq: number;
  readonly onTryNow: () => void;
}) {
  const { status, seq, onTryNow } = props;
  const nowMs = useSeconds(status.connection === 'lost');
  const line = lineOf(status, seq, nowMs);
  const canTry = line.kind === 'lost' || line.kind === 'failed';
  return (
    <p class="run-connection" data-state={line.kind}>
      <span class="run-connection-dot" aria-hidden="true" />
      <span class="num">{wordsOf(line)}</span>
      {canTry && (
        <button type="button" class="link" onClick={onTryNow}>
          {TEXTS.tryNow}
        </button>
      )}
    </p>
  );
}

function wordsOf(line: Line): string {
  switch (line.kind) {
    case 'loading':
      return TEXTS.loading;
    case 'paused':
      return TEXTS.paused;
    case 'failed':
      return TEXTS.failed;
    case 'live':
      return TEXTS.live(number(line.seq));
    case 'ended':
      return TEXTS.ended(number(line.seq));
    case 'behind':
      return TEXTS.behind(number(line.missing));
    case 'lost':
      return `${line.seq === 0 ? TEXTS.lostAtStart : TEXTS.lost(number(line.seq))}, ${TEXTS.retry(line.inSeconds)}`;
  }
}
