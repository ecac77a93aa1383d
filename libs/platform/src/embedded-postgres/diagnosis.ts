/** Why Postgres did not start, as far as it determines the next step. */
export type Diagnosis =
  | { readonly kind: 'port_taken' }
  /** Another Postgres took the cluster after our check. */
  | { readonly kind: 'in_use' }
  /** Sessions of a killed Postgres have not noticed yet that it is gone. */
  | { readonly kind: 'sessions_left' }
  | { readonly kind: 'failed'; readonly because: string };

const SYMPTOMS: readonly (readonly [RegExp, Diagnosis['kind'] & ('port_taken' | 'in_use' | 'sessions_left')])[] = [
  [/could not create any TCP\/IP sockets/, 'port_taken'],
  [/lock file "postmaster\.pid" already exists/, 'in_use'],
  [/pre-existing shared memory block .* is still in use/, 'sessions_left'],
];

/** @param lines the last lines that Postgres wrote, in English (its programs run with LC_ALL=C) */
export function diagnose(lines: readonly string[]): Diagnosis {
  for (const [symptom, kind] of SYMPTOMS) {
    if (lines.some((line) => symptom.test(line))) return { kind };
  }
  const cause = lines.findIndex((line) => /\b(PANIC|FATAL|ERROR): /.test(line));
  // The lines after the cause are its detail and hint.
  return { kind: 'failed', because: (cause < 0 ? lines : lines.slice(cause)).join('\n') || 'it wrote nothing' };
}
