/** A lesson that is given to the writer of the next answer. */
export interface RecalledLesson {
  readonly fragmentId: string;
  readonly text: string;
}

/** What a search needs from libs that it may not import. The engine binds it. */
export abstract class SearchDependencies {
  /** MUST remove secrets from a text, and MUST NOT change a text without secrets. */
  abstract redact(text: string): string;
  /** Lessons about a query, best first; empty if none is found in time. */
  abstract lessons(tenantId: string, agent: string, query: string): Promise<readonly RecalledLesson[]>;
}
