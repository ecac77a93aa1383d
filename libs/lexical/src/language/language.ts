import type { Hedge, StatementLanguage } from '@assent/planner';

/** A phrase under which the main clause holds only where the statement has this truth value. */
export interface Condition {
  readonly pattern: string;
  readonly value: boolean;
  readonly p: number;
  readonly basis: string;
  /** It says nothing of how likely its statement is. */
  readonly silent?: true;
}

/** "Look at", "open": what is done with a tool that is called `view` or `read_file`. Sources of regular expressions. */
export interface Verb {
  readonly verb: string;
  readonly tool: string;
}

/**
 * Everything the offline composer knows of one language: that of statements, and how clauses follow from each other.
 * Another language is another table of this shape. Where a list is searched, the more specific phrase stands before
 * the one that it contains.
 */
export interface Language extends StatementLanguage {
  /** Abbreviations whose full stop ends no sentence, where the tokenizer takes it for one. */
  readonly abbreviations: RegExp;
  /** The writer announces what to do, or names it as a possibility: a belief that it is right, no statement of a fact. */
  readonly intents: readonly Hedge[];
  /** What the writer does not state: what is asked for ("see what might be wrong"), what a document says, irony. */
  readonly unstated?: string;
  /** What a question begins with that a fact answers yes or no; its number is that of a condition alone. */
  readonly question?: Condition;
  /** What a clause begins with that is about doing something: "raising the limit", "check the log". */
  readonly deed?: string;
  /** Words after which an announcement is not that of the clause: "the file that I will edit". */
  readonly subordinate?: string;
  /** Words by which a clause says what is to be done. */
  readonly prescription?: string;
  /** What ends the part of a clause that says what to do: "check the log before changing the limit". */
  readonly apart?: string;
  /** Verbs for what tools do, and the words by which such a tool is known. */
  readonly verbs: readonly Verb[];
  readonly conditions: readonly Condition[];
  /** "if so": the last statement again, held true or false. */
  readonly backReferences: readonly { readonly pattern: string; readonly value: boolean }[];
  /** "so", "in which case": this clause follows from the one before. */
  readonly consequence: string;
  /** "because": the clause before follows from this one. */
  readonly reason: string;
  /** Words that may stand before those that open a clause. */
  readonly conjunctions: string;
  /** The words that embed a question as well as they make a condition. */
  readonly embeddable: string;
  /** Words that, at the end of a clause, make a following "if" no condition ("check if"). */
  readonly embedding: string;
  /** Words before which a clause begins, in the match syntax of `compromise`. */
  readonly clauseStarts: readonly string[];
  /** Words that turn the use of an action round ("pointless", "risky"). */
  readonly counter: string;
  readonly kindWords: { readonly finish: string; readonly noop: string };
}
