import { AssentHttpError, AssentRpcError } from '../index';

/** Describes a failure for a person at a terminal. */
export function explain(error: unknown): string {
  if (error instanceof AssentRpcError) return `${error.method} was refused (${error.code}): ${error.message}`;
  if (error instanceof AssentHttpError) return `HTTP ${error.status}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
