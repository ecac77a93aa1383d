import { Injectable } from '@nestjs/common';
import type { JsonObject, NewFrame } from '@assent/contract';

/** Redacts secrets in values that are shown. Bound by the engine, which knows the tools and their secrets. */
export abstract class Redaction {
  /** MUST keep the shape: only strings, and values under names such as `password`, change. */
  abstract redact(value: JsonObject): JsonObject;
}

/** Already redacted when the tool responded, and too large to scan a second time. */
const ALREADY_REDACTED: ReadonlySet<string> = new Set(['tool.output']);

/**
 * Redacts text of callers and models for display. Rows that runs execute from keep every value; frames exist to be
 * shown, so they are redacted before they are stored.
 */
@Injectable()
export class ClientRedactor {
  constructor(private readonly redaction: Redaction) {}

  /** Keeps the shape: only strings, and values under secret names, change. */
  object<T extends object>(value: T): T {
    return this.redaction.redact(value as unknown as JsonObject) as unknown as T;
  }

  frames(frames: readonly NewFrame[]): readonly NewFrame[] {
    return frames.map((frame) =>
      ALREADY_REDACTED.has(frame.type) ? frame : ({ ...frame, body: this.object(frame.body) } as NewFrame),
    );
  }
}
