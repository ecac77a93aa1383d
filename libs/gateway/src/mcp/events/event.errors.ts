import type { AssentError, ErrorReason } from '@assent/contract';
import { rpcCodeOf } from '../../http/error.map';

const NOT_FOUND = -32_011;
const FORBIDDEN = -32_012;
const UNSUPPORTED = -32_014;

/** Codes of the extension for events, as its clients know them. */
const CODES: Readonly<Partial<Record<ErrorReason, number>>> = {
  not_found: NOT_FOUND,
  forbidden: FORBIDDEN,
  conflict: -32_013,
  precondition_failed: -32_015,
};

/** The JSON-RPC code of a refused request for events. */
export function eventCodeOf({ reason, details }: AssentError): number {
  if (reason === 'invalid' && details['feature'] !== undefined) return UNSUPPORTED;
  return CODES[reason] ?? rpcCodeOf(reason === 'internal' ? 'internal' : 'invalid');
}

/** Why the server ends a subscription. */
export const EVENT_ERRORS = {
  revoked: { code: FORBIDDEN, message: 'Forbidden', data: { reason: 'Access revoked' } },
  removed: { code: NOT_FOUND, message: 'NotFound', data: { kind: 'event' } },
  gone: { code: NOT_FOUND, message: 'NotFound', data: { kind: 'run' } },
} as const;
