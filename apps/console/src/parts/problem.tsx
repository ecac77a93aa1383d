import { AssentError, AssentHttpError, AssentRpcError } from '@assent/client';
import { Button } from './button';
import { Copy } from './copy';
import { Icon } from './icon';
import { Spelled } from './spelled';
import { PARTS } from './texts';

interface Facts {
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly pointer: string | null;
  readonly requestId: string | null;
  readonly isRetryable: boolean;
}

/** An error of the server or of the way to it: what failed, where, and what to do next. */
export function Problem({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const facts = factsOf(error);
  return (
    <div class="problem" role="alert">
      <Icon name="warn" />
      <div>
        <h2>{facts.title}</h2>
        <p>
          <Spelled text={facts.detail} />
        </p>
        {facts.hint !== '' && facts.hint !== facts.detail && <p class="muted">{facts.hint}</p>}
        {(facts.pointer !== null || facts.requestId !== null) && (
          <p class="problem-facts">
            {facts.pointer !== null && (
              <span>
                {PARTS.place} <code>{facts.pointer}</code>
              </span>
            )}
            {facts.requestId !== null && (
              <span>
                {PARTS.requestId} <code>{facts.requestId}</code>
                <Copy text={facts.requestId} label={facts.requestId} />
              </span>
            )}
          </p>
        )}
        {retry && facts.isRetryable && (
          <Button small onClick={retry}>
            {PARTS.retry}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Whether the server gave this reason, such as `not-found`. */
export function hasReason(error: unknown, reason: string): error is AssentError {
  return error instanceof AssentError && reasonOf(error) === reason;
}

function reasonOf({ type }: AssentError): string {
  return type.slice(type.lastIndexOf(':') + 1);
}

function factsOf(error: unknown): Facts {
  if (!(error instanceof AssentError)) {
    const detail = error instanceof Error ? error.message : String(error);
    return { title: PARTS.problem.other, detail, hint: '', pointer: null, requestId: null, isRetryable: true };
  }
  const reason = reasonOf(error);
  return {
    title: titleOf(reason),
    detail: error.message,
    hint: hintOf(reason, error.hint),
    pointer: pointerOf(error),
    requestId: error.requestId,
    isRetryable: error.retryable,
  };
}

function titleOf(reason: string): string {
  const { problem } = PARTS;
  if (reason === 'connection') return problem.connection;
  if (reason === 'forbidden') return problem.forbidden;
  if (reason.endsWith('not-found')) return problem.missing;
  if (reason === 'rate-limited') return problem.limited;
  return reason === 'overloaded' || reason === 'draining' ? problem.busy : problem.other;
}

function hintOf(reason: string, hint: string): string {
  if (reason === 'forbidden') return PARTS.problem.forbiddenText;
  return reason.endsWith('not-found') ? PARTS.problem.missingText : hint;
}

function pointerOf(error: AssentError): string | null {
  if (error instanceof AssentRpcError) return error.data.pointer ?? null;
  const pointer = error instanceof AssentHttpError ? error.problem['pointer'] : undefined;
  return typeof pointer === 'string' ? pointer : null;
}
