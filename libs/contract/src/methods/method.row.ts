import type { TSchema } from '@sinclair/typebox';
import type { ErrorReason } from '../errors';
import type { Scope } from '../principal';

/** An operation, declared once. JSON-RPC, REST, both API documents, the client's types and the docs read it. */
export interface MethodRow {
  readonly summary: string;
  readonly params: TSchema;
  readonly result: TSchema;
  /** null: any caller with valid credentials. */
  readonly scope: Scope | null;
  /** What it may answer beside the envelope errors. */
  readonly errors: readonly ErrorReason[];
  /** Where REST serves it; absent: JSON-RPC only. */
  readonly rest?: RestFace | readonly RestFace[];
  /** For the API documents. Every operation with a REST face has one. */
  readonly example?: Example;
}

/** Valid params, those of every filter included, and their result. */
export interface Example {
  readonly params: object;
  readonly result: unknown;
}

/**
 * How an operation looks as a REST route. Params come from the path, from `If-Match`, from `fixed`, and the others from the query
 * (GET, DELETE) or the body. The result is the body of the answer.
 */
export interface RestFace {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In the spelling of OpenAPI, `/approvals/{id}`. `{id}` is the param that `id` names, any other placeholder the param of its name. */
  readonly path: string;
  readonly id?: string;
  /** Generated clients name their functions by it: it never changes. */
  readonly operationId: string;
  /** Default: the first segment of the path. */
  readonly tag?: string;
  /** Default: that of the row. */
  readonly summary?: string;
  /** Default: 200. 204: the result is not sent. */
  readonly status?: number;
  /** The param that the header `If-Match` carries as a strong ETag. */
  readonly ifMatch?: string;
  /** The property of the result that is also sent as `ETag`. */
  readonly etag?: string;
  /** Params that the address itself states. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Params that this route does not take. */
  readonly without?: readonly string[];
  /** The API document lets the body be left out. */
  readonly optionalBody?: true;
  /** Properties of the body that are not params are ignored. */
  readonly openBody?: true;
  /** An error names the property of the body, not the value inside it. */
  readonly shallowPointers?: true;
  /** The answer holds a secret. */
  readonly noStore?: true;
  /** A one-use ticket or link opens it too: the route authenticates its caller itself. */
  readonly byTicket?: true;
  /** Largest body in bytes, where that of other routes is too much. */
  readonly bodyLimit?: number;
  /** Default: that of the row. The result of a route with other media types is its text. */
  readonly example?: Example;
  /** Media types other than plain JSON: a controller of its own answers, and reads this face for everything else. */
  readonly produces?: readonly string[];
}
