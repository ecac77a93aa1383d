import { AssentError } from '@assent/contract';
import type { SearchRecord } from './store/search.record';

export function noSearch(searchId: string): AssentError {
  return new AssentError('not_found', `There is no search ${searchId}.`, { searchId });
}

export function noNode(searchId: string, nodeId: string): AssentError {
  return new AssentError('not_found', `Search ${searchId} has no answer ${nodeId}: search/get lists them.`, {
    searchId,
  });
}

/** Only the engine drives it. */
export function ofTheRun({ id: searchId, runId }: SearchRecord): AssentError {
  return new AssentError(
    'conflict',
    runId === null
      ? `Search ${searchId} belongs to no run: only its own driver can continue it.`
      : `Search ${searchId} belongs to run ${runId}, which drives it: search/get shows it.`,
    { searchId, runId },
  );
}

/** Why a driver cannot continue the search in its current state. */
export function notTheTurn(search: SearchRecord, owner: string, version: number | null): AssentError {
  const { id: searchId, status, leaseOwner, leaseUntil } = search;
  if (status === 'finished') {
    return new AssentError('conflict', `Search ${searchId} is finished: search/get shows it.`, { searchId, status });
  }
  if (leaseOwner !== null && leaseOwner !== owner && search.leased) {
    const until = leaseUntil?.toISOString();
    return new AssentError('conflict', `Another driver has search ${searchId} until ${until}: try again then.`, {
      searchId,
      leaseUntil: until,
    });
  }
  if (version !== null && version !== search.version) {
    return new AssentError(
      'conflict',
      `Search ${searchId} is at version ${search.version}, not ${version}: ask search/select what is next.`,
      { searchId, version: search.version },
    );
  }
  return new AssentError('conflict', `The lease of search ${searchId} has run out: take it again with search/select.`, {
    searchId,
    version: search.version,
  });
}

/** It is another step's turn. */
export function notRequested(search: SearchRecord, what: string): AssentError {
  return new AssentError('conflict', `${what} is not what search ${search.id} needs next: ask search/select.`, {
    searchId: search.id,
    version: search.version,
  });
}

export function keyReused(searchId: string, key: string): AssentError {
  return new AssentError(
    'idempotency_mismatch',
    `The key "${key}" belongs to another step of search ${searchId}: use a new key for each step.`,
    { searchId },
  );
}

export function tooManyTokens(search: SearchRecord, tokens: number, left: number): AssentError {
  return new AssentError(
    'budget_exhausted',
    `${tokens} tokens are more than the ${left} that search ${search.id} has left: finish it with search/finish.`,
    { searchId: search.id, left },
  );
}
