/**
 * A phrase that says how sure its writer is. `pattern` is the source of a regular expression over expanded text ("is
 * not", never "isn't"), matched whole and case-insensitively.
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

/**
 * What it takes to tell of one language whether two statements are the same: the tables by which hedges and negations
 * are folded out of a text, and the words that carry no meaning. Where a list is searched, the more specific phrase
 * stands before the one that it contains.
 */
export interface StatementLanguage {
  readonly name: string;
  /** Short words by which the language is known: those that the other languages here do not have. */
  readonly functionWords: ReadonlySet<string>;
  readonly hedges: readonly Hedge[];
  readonly negation: string;
  readonly stopWords: ReadonlySet<string>;
  /** Contractions written out. */
  readonly expand: (text: string) => string;
  /** Modal verbs made plain: "might be" to "is". */
  readonly plain: (text: string) => string;
  /** What a removed word left behind, put right, in this order. */
  readonly repairs: readonly { readonly pattern: RegExp; readonly by: string }[];
  readonly stem: (word: string) => string;
}
