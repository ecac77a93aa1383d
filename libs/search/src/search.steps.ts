import { Injectable } from '@nestjs/common';
import type { Judgement, MethodParams, MethodResult, SearchNodeView } from '@assent/contract';
import { contentHashOf, newId } from '@assent/platform';
import { SearchDependencies } from './search.dependencies';
import { nextStep } from './core/decide';
import { weigh } from './core/judgement';
import type { SearchState } from './core/rebuild';
import { factOfAnswer, factOfJudgement, leftOf, stateOf, type SearchSoFar } from './core/step';
import { keyReused, noSearch, notRequested, notTheTurn, ofTheRun, tooManyTokens } from './search.refusals';
import { soFar, type SearchRecord } from './store/search.record';
import { SearchRepository } from './store/search.repository';
import type { SearchStep } from './store/step.statement';

/** The driver of a search: a subject of a tenant, under a name that it chooses. */
export interface SearchDriver {
  readonly tenantId: string;
  readonly owner: string;
  /** Run whose search the engine drives; null: an agent drives its own search. */
  readonly runId: string | null;
}

/** Input of a step, without driver and version. */
type Step<M extends 'search/expand' | 'search/compare'> = Omit<MethodParams<M>, 'driver'>;

/** `identity`: answers with the same identity are equal; default: their text. */
export type ExpandStep = Step<'search/expand'> & { readonly identity?: string };
/** `problem`: why there is no judgement; stored in its place. */
export type CompareStep = Step<'search/compare'> & { readonly problem?: string };

type Decided = Pick<SearchStep, 'fact' | 'node' | 'comparison'> & {
  readonly tokens: number;
  readonly after: SearchSoFar;
};

/** The steps that change a search. Each is stored whole or not at all, and its key always gets the same response. */
@Injectable()
export class SearchSteps {
  constructor(
    private readonly searches: SearchRepository,
    private readonly dependencies: SearchDependencies,
  ) {}

  /** @throws AssentError not_found, conflict, idempotency_mismatch, budget_exhausted */
  async expand(driver: SearchDriver, step: ExpandStep): Promise<MethodResult<'search/expand'>> {
    const { parentId, verified = 'unknown', tokens = 0, prompt, retrievedIds = [] } = step;
    const answer = this.dependencies.redact(step.answer);
    const answerHash = answerHashOf(step.identity ?? answer);
    const payload = { kind: 'expand', parentId, answerHash, verified, tokens, prompt, retrievedIds };
    return this.once<MethodResult<'search/expand'>>(driver, step, payload, async (record, search, state) => {
      const next = nextStep(search.rules, state, leftOf(search));
      if (next.kind !== 'expand' || next.parentId !== parentId) throw notRequested(record, 'That expansion');
      const fact = factOfAnswer(search, state, { nodeId: newId(), parentId, answerHash, verified, tokens });
      const promptIn =
        prompt === undefined ? await this.promptBelow(record, parentId) : this.dependencies.redact(prompt);
      const decided = {
        fact,
        tokens,
        comparison: null,
        after: grown(search, fact, tokens),
        node: fact.kind === 'answer' ? { answer, promptIn, retrievedIds } : null,
      };
      const nodeId = fact.kind === 'answer' ? fact.nodeId : fact.sameAs;
      return { decided, answer: (head) => ({ ...head, nodeId, duplicate: fact.kind === 'duplicate', answerHash }) };
    });
  }

  /** @throws AssentError not_found, conflict, idempotency_mismatch, budget_exhausted */
  async compare(driver: SearchDriver, step: CompareStep): Promise<MethodResult<'search/compare'>> {
    const { nodeId, against, swapped, judgement, tokens = 0 } = step;
    const payload = { kind: 'compare', nodeId, against, swapped, judgement, tokens };
    return this.once<MethodResult<'search/compare'>>(driver, step, payload, (record, search, state) => {
      const next = nextStep(search.rules, state, leftOf(search));
      const isOwed =
        next.kind === 'compare' &&
        next.nodeId === nodeId &&
        next.tasks.some((task) => task.against === against && task.swapped === swapped);
      if (!isOwed) throw notRequested(record, 'That judgement');
      const judged = judgement ? weigh(judgement.criteria) : null;
      const fact = factOfJudgement({ a: nodeId, b: against, swapped }, judged);
      const { scoreA, scoreB } = fact;
      const criteria = (judged?.criteria ?? []).map(({ name, weight, first, second }) =>
        swapped ? { name, weight, scoreA: second, scoreB: first } : { name, weight, scoreA: first, scoreB: second },
      );
      const texts = this.textsOf(judgement, step.problem);
      const comparisonId = newId();
      const comparison = {
        comparisonId,
        a: nodeId,
        b: against,
        swapped,
        scoreA,
        scoreB,
        criteria,
        ...texts,
      };
      const after = grown(search, fact, tokens);
      const node = viewOf(stateOf(after), nodeId);
      return Promise.resolve({
        decided: { fact, tokens, comparison, node: null, after },
        answer: (head) => ({ ...head, comparisonId, scoreA, scoreB, node }),
      });
    });
  }

  /** Secrets are not stored. */
  private textsOf(judgement: Judgement | null, problem = '') {
    const redact = (text: string) => this.dependencies.redact(text);
    const { critique = problem, lessons = [], evolvedPrompt = null, judge = null } = judgement ?? {};
    return {
      critique: redact(critique),
      lessons: lessons.map(redact),
      evolvedPrompt: evolvedPrompt === null ? null : redact(evolvedPrompt),
      judge,
    };
  }

  /** The prompt for an answer below this node. */
  async promptBelow({ id, prompt }: SearchRecord, parentId: string | null): Promise<string | null> {
    if (parentId === null) return prompt;
    const [parent] = await this.searches.texts(id, [parentId]);
    return parent?.promptOut ?? parent?.promptIn ?? prompt;
  }

  /** Decides and stores one step, unless its key has an answer already. */
  private async once<Answer extends object>(
    { tenantId, owner, runId }: SearchDriver,
    { searchId, key, version }: Pick<Step<'search/expand'>, 'searchId' | 'key' | 'version'>,
    payload: object,
    decide: (
      record: SearchRecord,
      search: SearchSoFar,
      state: SearchState,
    ) => Promise<{ decided: Decided; answer: (head: StepHead) => Answer }>,
  ): Promise<Answer> {
    const payloadHash = contentHashOf(JSON.stringify(payload));
    const record = await this.searches.find(tenantId, searchId);
    if (!record) throw noSearch(searchId);
    if (record.runId !== runId) throw ofTheRun(record);
    const earlier = await this.answered<Answer>(searchId, key, payloadHash);
    if (earlier) return earlier;
    if (record.version !== version || record.leaseOwner !== owner || !record.leased || record.status !== 'open')
      throw notTheTurn(record, owner, version);
    const search = soFar(record, await this.searches.log(searchId, version));
    const { decided, answer } = await decide(record, search, stateOf(search));
    const left = leftOf(search).tokens;
    if (decided.tokens > left) throw tooManyTokens(record, decided.tokens, left);
    const { fact, tokens, node, comparison, after } = decided;
    const state = stateOf(after);
    const result = answer({
      searchId,
      version: version + 1,
      left: leftOf(after),
      next: nextStep(after.rules, state, leftOf(after)).kind,
    });
    const step = { search: record, owner, key, payloadHash, fact, tokens, answer: result, state, node, comparison };
    if (await this.searches.commit(step)) return result;
    // A concurrent step won: the same call sent twice, or another driver.
    const other = await this.answered<Answer>(searchId, key, payloadHash);
    if (other) return other;
    throw notTheTurn((await this.searches.find(tenantId, searchId)) ?? record, owner, version);
  }

  private async answered<Answer>(searchId: string, key: string, payloadHash: string): Promise<Answer | null> {
    const earlier = await this.searches.answered(searchId, key);
    if (!earlier) return null;
    if (earlier.payloadHash !== payloadHash) throw keyReused(searchId, key);
    return earlier.answer as Answer;
  }
}

type StepHead = Pick<MethodResult<'search/expand'>, 'searchId' | 'version' | 'next' | 'left'>;

/** Leading and trailing space makes no difference. */
export function answerHashOf(answer: string): string {
  return contentHashOf(answer.normalize('NFC').trim());
}

function grown(search: SearchSoFar, fact: SearchSoFar['log'][number], tokens: number): SearchSoFar {
  return { ...search, log: [...search.log, fact], tokensUsed: search.tokensUsed + tokens };
}

function viewOf({ byId }: SearchState, id: string): SearchNodeView {
  const node = byId.get(id);
  if (!node) throw new Error(`node ${id} is not in its tree`);
  const { nodeId, parentId, depth, answerHash, verified, n, duplicates, q0, Q, qLocal, qGlobal } = node;
  return { nodeId, parentId, depth, answerHash, verified, n, duplicates, q0, Q, qLocal, qGlobal };
}
