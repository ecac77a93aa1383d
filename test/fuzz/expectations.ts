import { compiled } from '@assent/platform';
import { ERROR_REASONS, type ErrorReason, type MethodRow, type RestFace } from '@assent/contract';
import type { HttpRequest, Transport } from './requests';
import type { Json } from './references';

/** An answer as far as it was read: a stream is left after its first part. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** What any operation may answer beside the errors that its row declares. */
const ENVELOPE: readonly ErrorReason[] = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'rate_limited',
  'overloaded',
  'draining',
];
const ENVELOPE_TYPES = new Set(['parse-error', 'invalid-request', 'method-not-found']);
const OK_FROM = 200;
const OK_BELOW = 300;
const INTERNAL = 500;
const UNAVAILABLE = 503;
const RPC_INTERNAL = -32_603;
const URN = 'urn:assent:error:';
const PROBLEM_TYPE = 'application/problem+json';

interface ErrorFacts {
  readonly reason: string;
  readonly pointer: unknown;
}

/** @returns what is wrong with an answer, in words */
export function problemsOf(transport: Transport, request: HttpRequest, answer: Answer): string[] {
  const { status } = answer;
  if (status >= INTERNAL && status !== UNAVAILABLE) return [`answered ${status}: ${answer.text.slice(0, 300)}`];
  if (status >= OK_BELOW) return transport === 'mcp' ? ofMcpRefusal(answer) : ofProblem(request, answer);
  if (status < OK_FROM) return [`answered ${status}`];
  switch (transport) {
    case 'rpc':
      return ofRpc(request, answer);
    case 'rest':
      return request.row && answer.type.startsWith('application/json') && status === OK_FROM
        ? ofResult(request.row, parsed(answer.text))
        : [];
    case 'mcp':
      return ofMcp(answer);
    default:
      return [];
  }
}

/** The error of a refused HTTP request: RFC 9457, with the reason as its type. */
function ofProblem({ path, row, face }: HttpRequest, { status, type, text }: Answer): string[] {
  if (status === 304) return [];
  const body = parsed(text);
  if (!isRecord(body)) return [`the error ${status} is no JSON object: ${text.slice(0, 100)}`];
  // A body that is no message is answered as JSON-RPC.
  if (body['jsonrpc'] === '2.0') return ofRpcError(body, undefined);
  const { type: urn, title, detail, status: stated, requestId, retryable, pointer } = body;
  const isShaped = [urn, title, detail, requestId].every((part) => typeof part === 'string' && part !== '');
  if (!type.startsWith(PROBLEM_TYPE) || !isShaped || stated !== status)
    return [`the error ${status} has another shape: ${text.slice(0, 300)}`];
  if (urn === 'about:blank') return [];
  const reason = reasonOf(String(urn));
  const known = ERROR_REASONS[reason as ErrorReason] as { title: string; retryable: boolean } | undefined;
  if (known?.title !== title || known?.retryable !== retryable)
    return [`the error ${String(urn)} is not the one of the catalogue`];
  // The address as a whole is refused because of this character.
  const isNamed = typeof pointer === 'string' || path.includes('%00');
  const unnamed = reason === 'invalid' && !isNamed ? [`the error has no pointer: ${String(detail)}`] : [];
  return row ? [...undeclared(row, reason, face), ...unnamed] : [];
}

function ofRpc({ row, params }: HttpRequest, { text, status }: Answer): string[] {
  if (status === 202) return text === '' ? [] : [`202 with a body: ${text.slice(0, 100)}`];
  const body = parsed(text);
  if (Array.isArray(body))
    return body.flatMap((one: unknown) => (isRecord(one) ? ofRpcAnswer(one) : ['a batch holds no object']));
  return isRecord(body) ? ofRpcAnswer(body, row, params) : [`no JSON-RPC answer: ${text.slice(0, 100)}`];
}

function ofRpcAnswer(body: Readonly<Record<string, unknown>>, row?: MethodRow, params?: Json): string[] {
  if ('result' in body) {
    if (!row) return [];
    return [
      ...ofResult(row, body['result']),
      ...(isRefused(row, params) ? ['the schema refuses the params, the server did not'] : []),
    ];
  }
  return ofRpcError(body, row, params);
}

function ofRpcError(body: Readonly<Record<string, unknown>>, row?: MethodRow, params?: Json): string[] {
  const { error } = body;
  if (!isRecord(error) || !isRecord(error['data']))
    return [`an error without data: ${JSON.stringify(body).slice(0, 200)}`];
  const { code, message, data } = error as { code: unknown; message: unknown; data: Readonly<Record<string, unknown>> };
  if (code === RPC_INTERNAL) return [`answered ${JSON.stringify(error).slice(0, 300)}`];
  const { type, retryable, requestId } = data;
  const isShaped =
    Number.isInteger(code) &&
    typeof message === 'string' &&
    typeof type === 'string' &&
    typeof retryable === 'boolean' &&
    typeof requestId === 'string';
  if (!isShaped) return [`an error of another shape: ${JSON.stringify(error).slice(0, 300)}`];
  const name = type.replace(URN, '');
  if (ENVELOPE_TYPES.has(name)) return [];
  const reason = reasonOf(type);
  return [
    ...(row ? undeclared(row, reason) : []),
    ...(row && reason === 'invalid' && isRefused(row, params) ? pointing(params ?? null, data['pointer']) : []),
  ];
}

function undeclared({ errors }: MethodRow, reason: string, face?: RestFace): string[] {
  const declared: readonly string[] = [
    ...errors,
    ...ENVELOPE,
    // An id that cannot exist is an unknown one.
    ...(face?.path.includes('{') ? ['not_found'] : []),
    ...(face?.ifMatch === undefined ? [] : ['precondition_required', 'precondition_failed']),
  ];
  return declared.includes(reason) ? [] : [`answers "${reason}", which the contract does not declare for it`];
}

/** The pointer leads to a value, or to a place beside a value that is there. */
function pointing(params: Json, pointer: unknown): string[] {
  if (typeof pointer !== 'string') return ['the schema refuses the params and the error has no pointer'];
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let value: unknown = params;
  for (const step of steps.slice(0, -1)) value = (value as Record<string, unknown> | null)?.[step];
  return steps.length === 0 || (typeof value === 'object' && value !== null)
    ? []
    : [`the pointer ${pointer} leads nowhere in the params`];
}

function isRefused({ params: schema }: MethodRow, params: Json | undefined): boolean {
  return params !== undefined && !compiled(schema)(params);
}

function ofResult({ result: schema }: MethodRow, result: unknown): string[] {
  const check = compiled(schema);
  if (check(result)) return [];
  const [error] = check.errors ?? [];
  return [`the result is not of the declared type: ${error?.instancePath ?? ''} ${error?.message ?? ''}`];
}

function ofMcpRefusal({ status, text }: Answer): string[] {
  const body = parsed(text);
  if (text === '' || (isRecord(body) && (isRecord(body['error']) || typeof body['title'] === 'string'))) return [];
  return [`the refusal ${status} has another shape: ${text.slice(0, 200)}`];
}

function ofMcp({ type, text }: Answer): string[] {
  const messages = type.startsWith('text/event-stream') ? eventsIn(text) : text === '' ? [] : [parsed(text)];
  return messages.flat().flatMap((message: unknown) => {
    if (!isRecord(message)) return [`no message of MCP: ${text.slice(0, 100)}`];
    const { error, result } = message;
    if (isRecord(error)) {
      // The SDK answers so what the schemas of MCP refuse.
      if (isIssueList(error['message'])) return [];
      return error['code'] === RPC_INTERNAL || !Number.isInteger(error['code']) || typeof error['message'] !== 'string'
        ? [`answered ${JSON.stringify(error).slice(0, 300)}`]
        : [];
    }
    const facts = isRecord(result) ? result['structuredContent'] : undefined;
    return isRecord(facts) && facts['reason'] === 'internal' ? [`answered ${JSON.stringify(facts).slice(0, 300)}`] : [];
  });
}

function isIssueList(message: unknown): boolean {
  const issues = typeof message === 'string' ? parsed(message) : undefined;
  return Array.isArray(issues) && issues.every((issue) => isRecord(issue) && Array.isArray(issue['path']));
}

function eventsIn(text: string): unknown[] {
  return text
    .split('\n\n')
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => parsed(line.slice('data: '.length)));
}

function reasonOf(urn: string): ErrorFacts['reason'] {
  return urn.replace(URN, '').replaceAll('-', '_');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
