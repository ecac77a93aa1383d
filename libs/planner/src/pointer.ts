import { AssentError } from '@assent/contract';

/** JSON pointer to a member (RFC 6901), with `~` and `/` in names escaped. */
export function pointer(base: string, ...steps: readonly (string | number)[]): string {
  return steps.reduce<string>((path, step) => `${path}/${typeof step === 'number' ? step : escaped(step)}`, base);
}

function escaped(name: string): string {
  return /[~/]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
}

/** Refuses duplicate ids. */
export function refuseDuplicates(ids: readonly string[], noun: string, at: string): void {
  const seen = new Set<string>();
  ids.forEach((id, index) => {
    if (seen.has(id)) throw invalid(`Two ${noun}s have the id "${id}". Give each its own.`, pointer(at, index, 'id'));
    seen.add(id);
  });
}

export function invalid(message: string, at: string): AssentError {
  return new AssentError('invalid', message, { pointer: at });
}
