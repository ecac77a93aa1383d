/** Files that a reviewer has marked as seen, of one content. */
export interface SeenMarks {
  readonly hash: string;
  readonly paths: ReadonlySet<string>;
}

/** The marks for this content: those of another content do not count. */
export function marksFor(marks: SeenMarks | null, hash: string): SeenMarks {
  return marks?.hash === hash ? marks : { hash, paths: new Set() };
}

export function withMark({ hash, paths }: SeenMarks, path: string): SeenMarks {
  const next = new Set(paths);
  if (!next.delete(path)) next.add(path);
  return { hash, paths: next };
}

export function marksText({ hash, paths }: SeenMarks): string {
  return JSON.stringify({ hash, paths: [...paths] });
}

/** @returns null for a text that `marksText` did not write */
export function marksOf(text: string): SeenMarks | null {
  try {
    const { hash, paths } = JSON.parse(text) as { readonly hash?: unknown; readonly paths?: unknown };
    if (typeof hash !== 'string' || !Array.isArray(paths)) return null;
    return { hash, paths: new Set(paths.filter((path) => typeof path === 'string')) };
  } catch {
    return null;
  }
}
