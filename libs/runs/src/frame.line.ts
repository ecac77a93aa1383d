import type { NewFrame } from '@assent/contract';

/**
 * A committed frame, ready for the wire. `json` is one line, with the same bytes on every replica and in every replay.
 */
export interface FrameLine {
  readonly seq: number;
  readonly type: string;
  readonly json: string;
}

/** The data from which the head of a frame is built. */
export interface LineHead {
  readonly runId: string;
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly step: number;
  readonly clientTraceId: string | null;
  readonly traceparent: string | null;
}

/** Joins head and stored body text without parsing the body, so that a replay cannot differ from the live stream. */
export function frameLine(head: LineHead, bodyJson: string): FrameLine {
  const { runId, seq, at, type, step, clientTraceId, traceparent } = head;
  const known = { runId, seq, at, type, step, clientTraceId };
  // The trace context is that of the run, not of the frame's writer, so the bytes are the same on every replica.
  const start = JSON.stringify(traceparent === null ? known : { ...known, traceparent });
  const json = bodyJson === '{}' ? start : `${start.slice(0, -1)},${bodyJson.slice(1)}`;
  return { seq, type, json };
}

/**
 * The columns of new frames, one array per column, which Postgres reads faster than rows in JSON. Bodies keep their
 * exact bytes.
 */
export interface FrameColumns {
  readonly types: readonly string[];
  readonly steps: readonly number[];
  readonly bodies: readonly string[];
}

export function frameColumns(frames: readonly NewFrame[]): FrameColumns {
  return {
    types: frames.map(({ type }) => type),
    steps: frames.map(({ step }) => step),
    bodies: frames.map(({ body }) => JSON.stringify(body)),
  };
}
