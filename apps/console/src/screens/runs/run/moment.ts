import { lastSeqOf, type FrameLog } from './frame.log';

/** The moment of a run that is shown. */
export interface Moment {
  /** seq of the last frame that counts. */
  readonly seq: number;
  /** It is not the newest: nothing can be decided. */
  readonly isScrubbed: boolean;
}

/**
 * The moment that an address asks for: a frame, or the end of a step. A frame that is not there, such as one beyond the
 * newest, means now.
 */
export function momentOf(log: FrameLog, at: number | null, step: number | null): Moment {
  const newest = log.view.seq;
  const wanted = at ?? (step === null || step >= log.view.step ? null : lastSeqOf(log.frames, step));
  if (wanted === null || wanted >= newest) return { seq: newest, isScrubbed: false };
  return { seq: Math.max(wanted, log.first), isScrubbed: true };
}

/** A whole number from 1 on, as addresses have it; null for other texts. */
export function countIn(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

const LONGEST_MS = 1_000;
const SHORTEST_MS = 80;

/** How long a frame is shown while the run is played: as long as it took, between limits. */
export function pictureMs(fromAt: string, toAt: string, speed: number): number {
  const took = Date.parse(toAt) - Date.parse(fromAt);
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Number.isNaN(took) ? SHORTEST_MS : took)) / speed;
}
