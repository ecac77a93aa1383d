import type { TSchema } from '@sinclair/typebox';
import type { ErrorReason } from '../errors';
import type { Scope } from '../principal';

export interface MethodRow {
  readonly summary: string;
  readonly params: TSchema;
  readonly result: TSchema;
  /** null: any caller with valid credentials. */
  readonly scope: Scope | null;
  /** What it may answer beside the envelope errors. */
  readonly errors: readonly ErrorReason[];
}
