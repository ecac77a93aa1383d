import type { Hedge, StatementLanguage } from '@assent/planner';

/** A conditional phrase. The main clause applies only if the statement has this truth value. */
export interface Condition {
  readonly pattern: string;
  readonly value: boolean;
  readonly p: number;
  readonly basis: string;
  /** The phrase does not express how likely the statement is. */
  readonly silent?: true;
}

/** A verb such as "look at" or "open" for a tool called `view` or `read_file`. Sources of regular expressions. */
export interface Verb {
  readonly verb: string;
  readonly tool: string;
}

/**
 * The rules of one language for the offline composer: those for statements, and those for how clauses depend on each other.
 * Each language is one table of this shape. Lists are searched in order, so a more specific phrase precedes the phrase
 * that it contains.
 */
export interface Language extends StatementLanguage {
  /** Abbreviations whose full stop does not end a sentence, although the tokenizer says so. */
  readonly abbreviations: RegExp;
  /** Announces an action or names it as a possibility: a belief that the action is right, not a statement of fact. */
  readonly intents: readonly Hedge[];
  /** Text that the writer does not state: requests ("see what might be wrong"), contents of documents, irony. */
  readonly unstated?: string;
  /** Beginning of a yes-no question about a fact. It has the probability of a bare condition. */
  readonly question?: Condition;
  /** Beginning of a clause about an activity: "raising the limit", "check the log". */
  readonly deed?: string;
  /** Words of a clause about an action that verifies a statement: "the log would show that". */
  readonly check?: string;
  /** A condition that does not hold, so that its sentence is a reason: "if it had, there would be a row". */
  readonly counterfactual?: string;
  /** Beginning of a clause about the result of the activity before it: "set it to 4; I would expect 250 ms". */
  readonly expected?: string;
  /** Words after which an announcement belongs to a subordinate clause: "the file that I will edit". */
  readonly subordinate?: string;
  /** Words with which a clause says what to do. */
  readonly prescription?: string;
  /** Words that end the part of a clause that says what to do: "check the log before changing the limit". */
  readonly apart?: string;
  /** Verbs for the work of tools, and the words that identify such tools. */
  readonly verbs: readonly Verb[];
  readonly conditions: readonly Condition[];
  /** "if so": refers to the last statement as true or false. */
  readonly backReferences: readonly { readonly pattern: string; readonly value: boolean }[];
  /** Words that join a statement to a clause about it: "it is unlikely that". */
  readonly complementizers?: string;
  /** The writer as the subject of a clause, which needs no such word: "I doubt". */
  readonly writer?: string;
  /** A relative opening that only infers the statement after it: "which suggests that". */
  readonly inference?: string;
  /** Words of an "otherwise" clause that names no action and gives a reason: "otherwise the alert would have fired". */
  readonly proof?: string;
  /** "so", "in which case": this clause follows from the previous one. */
  readonly consequence: string;
  /** "because": the previous clause follows from this one. */
  readonly reason: string;
  /** Words that may precede the opening words of a clause. */
  readonly conjunctions: string;
  /** Words that can introduce an embedded question as well as a condition. */
  readonly embeddable: string;
  /** Words at the end of a clause after which "if" is not a condition ("check if"). */
  readonly embedding: string;
  /** Words that begin a clause, in the match syntax of `compromise`. */
  readonly clauseStarts: readonly string[];
  /** Words that reverse the value of an action ("pointless", "risky"). */
  readonly counter: string;
  readonly kindWords: { readonly finish: string; readonly noop: string };
}
