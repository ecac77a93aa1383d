import { Injectable } from '@nestjs/common';
import type { JsonObject, NewFrame } from '@assent/contract';

/** Takes secrets out of what is shown. Bound by the engine, which knows the tools and their secrets. */
export abstract class Redaction {
  /** MUST keep the shape: only texts change, and values under names such as `password`. */
  abstract redact(value: JsonObject): JsonObject;
}

/** Redacted when the tool answered, and too large to go through a second time for nothing. */
const ALREADY_REDACTED: ReadonlySet<string> = new Set(['tool.output']);

/**
 * What callers and models have written, redacted for display. Rows that runs work with keep every value; frames are made
 * to be shown and are redacted when they are stored.
 */
@Injectable()
export class ClientRedactor {
  constructor(private readonly redaction: Redaction) {}

  /** The same shape: only texts change, and values under secret names. */
  object<T extends object>(value: T): T {
    return this.redaction.redact(value as unknown as JsonObject) as unknown as T;
  }

  frames(frames: readonly NewFrame[]): readonly NewFrame[] {
    return frames.map((frame) =>
      ALREADY_REDACTED.has(frame.type) ? frame : ({ ...frame, body: this.object(frame.body) } as NewFrame),
    );
  }
}
