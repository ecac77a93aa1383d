import type { Caller } from './caller';

/** A frame as on the wire: the body beside the header fields. */
export interface WireFrame {
  readonly runId: string;
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly step: number;
  readonly clientTraceId: string | null;
  readonly [body: string]: unknown;
}

/** Longest wait for one page: a run that takes longer hangs. */
const WAIT_MS = 10_000;

/**
 * Every frame of a run up to the first of the given type, of the given step if there is one, by long-poll.
 * @throws Error when the run ends without one
 */
export async function framesUntil(caller: Caller, runId: string, type: string, step?: number): Promise<WireFrame[]> {
  const isMeant = (frame: WireFrame) => frame.type === type && (step === undefined || frame.step === step);
  const frames: WireFrame[] = [];
  for (let after = 0; ;) {
    const page = await caller.call('stream', { runId, after, waitMs: WAIT_MS });
    frames.push(...(page.frames as WireFrame[]));
    after = page.cursor;
    if (frames.some(isMeant)) return frames;
    if (page.done) throw new Error(`run ${runId} ended without ${type}: ${JSON.stringify(frames.at(-1))}`);
  }
}

/** The only frame of a type. */
export function frameOf(frames: readonly WireFrame[], type: string): WireFrame {
  const found = frames.find((frame) => frame.type === type);
  if (!found) throw new Error(`there is no ${type} among ${frames.map((frame) => frame.type).join(' ')}`);
  return found;
}

/** Waits for the first frame of a type, of the given step if there is one. @throws Error when the run ends without one */
export async function seen(caller: Caller, runId: string, type: string, step?: number): Promise<WireFrame> {
  const frames = await framesUntil(caller, runId, type, step);
  return frameOf(step === undefined ? frames : frames.filter((frame) => frame.step === step), type);
}

/** All frames so far. */
export async function framesOf(caller: Caller, runId: string): Promise<WireFrame[]> {
  return (await caller.call('stream', { runId, limit: 1_000 })).frames;
}
