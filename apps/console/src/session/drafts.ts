/** Texts that a person has typed and not sent. They survive a reload and a new sign-in in the same tab. */
const PREFIX = 'assent.draft.';
/** For when the browser has no room left, or none at all. */
const memory = new Map<string, string>();

/** Keeps a text; an empty one is removed. */
export function keep(draftKey: string, text: string): void {
  const name = `${PREFIX}${draftKey}`;
  if (text === '') memory.delete(name);
  else memory.set(name, text);
  try {
    if (text === '') sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, text);
  } catch {
    // The memory has it.
  }
}

/** The text that was kept; empty: none. */
export function kept(draftKey: string): string {
  const name = `${PREFIX}${draftKey}`;
  try {
    return sessionStorage.getItem(name) ?? memory.get(name) ?? '';
  } catch {
    return memory.get(name) ?? '';
  }
}

export function forgetDrafts(): void {
  memory.clear();
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
}
