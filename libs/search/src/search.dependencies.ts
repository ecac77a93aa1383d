/** A lesson that the next answer of a search is written with. */
export interface RecalledLesson {
  readonly fragmentId: string;
  readonly text: string;
}

/** What a search needs of libs that it may not import. Bound by the engine. */
export abstract class SearchDependencies {
  /** MUST remove secrets from a text, and MUST NOT change a text without secrets. */
  abstract redact(text: string): string;
  /** Lessons about a query, best first; empty where none is found in time. */
  abstract lessons(tenantId: string, agent: string, query: string): Promise<readonly RecalledLesson[]>;
}
