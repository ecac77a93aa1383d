/** The part of a JSON-RPC request that is read before the SDK handles it. */
export interface JsonRpcRequest {
  readonly id: string | number;
  readonly method: string;
  readonly params?: { readonly name?: unknown; readonly _meta?: unknown };
}

export function isJsonRpcRequest(value: unknown): value is JsonRpcRequest {
  if (typeof value !== 'object' || value === null || !('method' in value) || !('id' in value)) return false;
  return typeof value.method === 'string' && ['string', 'number'].includes(typeof value.id);
}

/** The id of the request that a notification cancels. @returns null: another message */
export function cancelledRequest(value: unknown): string | number | null {
  if (typeof value !== 'object' || value === null || !('method' in value) || 'id' in value) return null;
  if (value.method !== 'notifications/cancelled' || !('params' in value)) return null;
  const { requestId } = (value.params ?? {}) as { readonly requestId?: unknown };
  return typeof requestId === 'string' || typeof requestId === 'number' ? requestId : null;
}
