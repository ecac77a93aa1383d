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
