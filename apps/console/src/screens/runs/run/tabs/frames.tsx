import { isKnown } from '@assent/client';
import { duration, number } from '../../../../format';
import { Button } from '../../../../parts/button';
import { Dialog } from '../../../../parts/dialog';
import { Empty } from '../../../../parts/empty';
import { Code } from '../../../../parts/raw';
import { Rows } from '../../../../parts/rows';
import { Spelled } from '../../../../parts/spelled';
import { ExactTime } from '../../../../parts/time';
import { location, setQuery } from '../../../../router';
import { countTypes, filterFrames, summaryOf } from '../frame.list';
import type { LogFrame } from '../frame.log';
import { countIn } from '../moment';
import { RUN } from '../texts';

const TEXTS = RUN.frames;
const ROW_PX = 34;
const CODE_CHARS = 200_000;

/** The log of the run: every frame in one line, and its JSON on demand. */
export default function FramesTab(props: {
  readonly frames: readonly LogFrame[];
  readonly onSeq: (seq: number) => void;
}) {
  const { frames, onSeq } = props;
  const { query } = location.value;
  const type = query.get('type') ?? '';
  const text = query.get('find') ?? '';
  const opened = countIn(query.get('frame'));
  if (frames.length === 0) return <Empty icon="audit" title={TEXTS.none} text={TEXTS.noneText} />;
  const shown = filterFrames(frames, { types: type === '' ? [] : [type], text });
  const frame = opened === null ? undefined : frames.find(({ seq }) => seq === opened);
  const startMs = Date.parse(frames[0]?.at ?? '');
  return (
    <div class="run-frames">
      <div class="toolbar">
        <input
          type="search"
          value={text}
          aria-label={TEXTS.search}
          placeholder={TEXTS.search}
          onInput={(event) => setQuery({ find: event.currentTarget.value || null })}
        />
        <select
          value={type}
          aria-label={TEXTS.types}
          onChange={(event) => setQuery({ type: event.currentTarget.value || null })}
        >
          <option value="">{TEXTS.allTypes}</option>
          {[...countTypes(frames)].map(([name, count]) => (
            <option key={name} value={name}>
              {name} ({number(count)})
            </option>
          ))}
        </select>
        <span class="muted num" role="status">
          {TEXTS.shown(number(shown.length), number(frames.length))}
        </span>
        {(type !== '' || text !== '') && (
          <Button tone="quiet" small onClick={() => setQuery({ find: null, type: null })}>
            {TEXTS.clear}
          </Button>
        )}
      </div>
      {shown.length === 0 ? (
        <Empty icon="search" title={TEXTS.empty} text={TEXTS.emptyText} />
      ) : (
        <Rows
          of={shown}
          rowHeight={ROW_PX}
          label={TEXTS.list}
          keyOf={({ seq }) => String(seq)}
          selected={opened === null ? null : String(opened)}
          row={(item) => <Row of={item} afterMs={Date.parse(item.at) - startMs} />}
        />
      )}
      {frame && (
        <Dialog
          open
          wide
          title={TEXTS.dialog(frame.seq, frame.type)}
          onClose={() => setQuery({ frame: null })}
          footer={<Button onClick={() => onSeq(frame.seq)}>{TEXTS.go}</Button>}
        >
          <p class="muted">
            <ExactTime of={frame.at} />
          </p>
          <Code text={JSON.stringify(frame, null, 2).slice(0, CODE_CHARS)} label={String(frame.seq)} />
        </Dialog>
      )}
    </div>
  );
}

function Row({ of, afterMs }: { readonly of: LogFrame; readonly afterMs: number }) {
  return (
    <button type="button" class="run-frame" data-seq={of.seq} onClick={() => setQuery({ frame: String(of.seq) })}>
      <span class="run-frame-seq num">{of.seq}</span>
      <span class="run-frame-time num">+{duration(Math.max(0, afterMs))}</span>
      <code class="run-frame-type">{of.type}</code>
      <span class="run-frame-text">
        {of.erased === true && <em class="muted">{TEXTS.erased}</em>}
        {!isKnown(of) && <em class="muted">{TEXTS.unknown} </em>}
        <Spelled text={summaryOf(of)} />
      </span>
    </button>
  );
}
