/**
 * A phrase that says how sure its writer is. `pattern` is the source of a regular expression over expanded text
 * ("is not", never "isn't"), matched whole and whatever the case.
 */
export interface Hedge {
  readonly pattern: string;
  /** Probability of the statement without the phrase. */
  readonly p: number;
  /** The phrase holds the probability itself, in percent: the first number in it. */
  readonly stated?: true;
  /** The phrase itself denies the statement ("unlikely", "I doubt"). */
  readonly denies?: true;
  /** Where the number comes from, as the tree's evidence shows it. */
  readonly basis: string;
}

/** A phrase under which the main clause holds only where the statement has this truth value. */
export interface Condition {
  readonly pattern: string;
  readonly value: boolean;
  readonly p: number;
  readonly basis: string;
  /** It says nothing of how likely its statement is. */
  readonly silent?: true;
}

/**
 * Everything the offline composer knows of one language; another language is another table of this shape. Where a
 * list is searched, the more specific phrase stands before the one that it contains.
 */
export interface Language {
  readonly name: string;
  /** Short words by which the language is known: those that the other languages here do not have. */
  readonly functionWords: ReadonlySet<string>;
  /** Abbreviations whose full stop ends no sentence, where the tokenizer takes it for one. */
  readonly abbreviations: RegExp;
  readonly hedges: readonly Hedge[];
  /** The writer announces what to do: a belief that it is right. */
  readonly intent: Hedge;
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
  readonly negation: string;
  /** Words that turn the use of an action round ("pointless", "risky"). */
  readonly counter: string;
  readonly kindWords: { readonly finish: string; readonly noop: string };
  readonly stopWords: ReadonlySet<string>;
  /** Contractions written out. */
  readonly expand: (text: string) => string;
  /** Modal verbs made plain: "might be" to "is". */
  readonly plain: (text: string) => string;
  /** What a removed word left behind, put right, in this order. */
  readonly repairs: readonly { readonly pattern: RegExp; readonly by: string }[];
  readonly stem: (word: string) => string;
}
