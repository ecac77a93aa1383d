import type { AuditLine, ChainHead } from '@assent/client';
import type { ChainReport } from './chain';

/** What the page sends to the worker that checks a chain. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly noted: readonly ChainHead[] }
  | { readonly kind: 'lines'; readonly lines: readonly AuditLine[] }
  | { readonly kind: 'end'; readonly head: ChainHead | null };

export type FromWorker =
  { readonly kind: 'progress'; readonly position: number } | { readonly kind: 'report'; readonly report: ChainReport };
