import { useEffect, useState } from 'preact/hooks';
import { number } from '../../../format';
import { Button } from '../../../parts/button';
import { Icon } from '../../../parts/icon';
import type { FrameLog } from './frame.log';
import { pictureMs, type Moment } from './moment';
import { RUN } from './texts';

const TEXTS = RUN.scrub;
const SPEEDS = [1, 4] as const;

/** Moves through the frames of a run. @param onMove null: to the newest frame */
export function Scrubber(props: {
  readonly log: FrameLog;
  /** seq of the newest frame. */
  readonly last: number;
  readonly moment: Moment;
  readonly isEnded: boolean;
  readonly onMove: (seq: number | null) => void;
}) {
  const { log, last, moment, isEnded, onMove } = props;
  const [speed, setSpeed] = useState<number | null>(null);
  const { seq, isScrubbed } = moment;
  const here = log.countTo(seq);
  useEffect(() => {
    if (speed === null) return undefined;
    const [from, to] = [log.frames[here - 1], log.frames[here]];
    if (!to) {
      setSpeed(null);
      onMove(null);
      return undefined;
    }
    const timer = setTimeout(() => onMove(to.seq), from ? pictureMs(from.at, to.at, speed) : 0);
    return () => clearTimeout(timer);
  }, [speed, seq]);
  const move = (to: number): void => {
    setSpeed(null);
    onMove(to >= last ? null : Math.max(to, log.first));
  };
  const play = (factor: number): void => {
    if (speed === factor) {
      setSpeed(null);
      return;
    }
    if (!isScrubbed) onMove(log.first);
    setSpeed(factor);
  };
  const type = log.frames[here - 1]?.type ?? '';
  return (
    <div class="run-scrubber" role="group" aria-label={TEXTS.label}>
      <Step label={TEXTS.back} hotkey="," disabled={seq <= log.first} isBack onClick={() => move(seq - 1)} />
      <input
        type="range"
        min={log.first}
        max={last}
        value={seq}
        disabled={last === 0}
        aria-label={TEXTS.label}
        aria-valuetext={TEXTS.value(number(seq), number(last), type)}
        onInput={(event) => move(event.currentTarget.valueAsNumber)}
      />
      <Step label={TEXTS.forth} hotkey="." disabled={!isScrubbed} onClick={() => move(seq + 1)} />
      <span class="run-scrubber-place num">
        {TEXTS.frame(number(seq), number(last))}
        <code>{type}</code>
      </span>
      <span class="run-scrubber-play">
        {SPEEDS.map((factor) => (
          <Button
            key={factor}
            tone="quiet"
            small
            icon={speed === factor ? 'pause' : 'play'}
            pressed={speed === factor}
            disabled={last <= log.first}
            label={`${speed === factor ? TEXTS.pause : TEXTS.play}, ${TEXTS.speed(factor)}`}
            onClick={() => play(factor)}
          >
            {factor}x
          </Button>
        ))}
        <Button small disabled={!isScrubbed} onClick={() => move(last)}>
          {isEnded ? TEXTS.newest : TEXTS.live}
        </Button>
      </span>
    </div>
  );
}

function Step(props: {
  readonly label: string;
  readonly hotkey: string;
  readonly disabled: boolean;
  readonly isBack?: boolean;
  readonly onClick: () => void;
}) {
  return (
    <button
      type="button"
      class={props.isBack === true ? 'copy run-back' : 'copy'}
      aria-label={props.label}
      aria-keyshortcuts={props.hotkey}
      title={`${props.label} (${props.hotkey})`}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name="chevron" />
    </button>
  );
}
