import type { MethodName, MethodParams, MethodResult } from '@assent/contract';

/** The error object of a JSON-RPC answer, as it stands on the wire. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WireAnswer {
  readonly jsonrpc: string;
  readonly id: string | number | null;
  readonly result?: unknown;
  readonly error?: WireError;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** One principal at one server, by plain fetch: tests see the wire itself. */
export class Caller {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  get authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.key}` };
  }

  /** GET by default, or as `init` states, with the key. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', this.authorization.authorization);
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  /** POST of a JSON value, or of a text or bytes as they are. */
  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const raw =
      typeof body === 'string' ? body : body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
    return this.fetch(path, { method: 'POST', body: raw, headers: { ...JSON_TYPE, ...headers } });
  }

  async ask(method: string, params?: unknown): Promise<WireAnswer> {
    const response = await this.post('/rpc', {
      jsonrpc: '2.0',
      id: 1,
      method,
      ...(params === undefined ? {} : { params }),
    });
    return (await response.json()) as WireAnswer;
  }

  /** @throws Error with the answer, when it is an error */
  async call<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>> {
    const { result, error } = await this.ask(method, params);
    if (error) throw new Error(`${method} answered ${JSON.stringify(error)}`);
    return result as MethodResult<M>;
  }

  /** @throws Error with the answer, when it is a result */
  async fail(method: string, params: unknown): Promise<WireError> {
    const { result, error } = await this.ask(method, params);
    if (!error) throw new Error(`${method} was expected to fail and answered ${JSON.stringify(result)}`);
    return error;
  }
}
