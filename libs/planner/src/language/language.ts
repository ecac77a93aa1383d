/**
 * A phrase that expresses certainty. `pattern` is the source of a regular expression over expanded text ("is
 * not", never "isn't"), matched as whole words and case-insensitively.
 */
export interface Hedge {
  readonly pattern: string;
  /** Probability of the statement without the phrase. */
  readonly p: number;
  /** The phrase contains the probability in percent, as its first number. */
  readonly stated?: true;
  /** The phrase itself denies the statement ("unlikely", "I doubt"). */
  readonly denies?: true;
  /** Source of the number, shown in the tree's evidence. */
  readonly basis: string;
}

/**
 * The rules of one language for deciding whether two statements are the same: tables that fold hedges and negations out of
 * a text, and words without meaning of their own. Lists are searched in order, so a more specific phrase precedes the
 * phrase that it contains.
 */
export interface StatementLanguage {
  readonly name: string;
  /** Short words that identify the language, because the other supported languages lack them. */
  readonly functionWords: ReadonlySet<string>;
  readonly hedges: readonly Hedge[];
  readonly negation: string;
  readonly stopWords: ReadonlySet<string>;
  /** Expands contractions. */
  readonly expand: (text: string) => string;
  /** Makes modal verbs plain: "might be" to "is". */
  readonly plain: (text: string) => string;
  /** Repairs of the text after words were removed, applied in this order. */
  readonly repairs: readonly { readonly pattern: RegExp; readonly by: string }[];
  readonly stem: (word: string) => string;
}
