import { Injectable } from '@nestjs/common';
import {
  AssentError,
  LEASE_SECONDS,
  type MethodParams,
  type MethodResult,
  type SearchHead,
  type SearchNext,
  SEARCH_CALLS_MAX,
  SEARCH_NODES_MAX,
  type SearchAmounts,
  type SearchRulesInput,
} from '@assent/contract';
import { contentHashOf, isUniqueViolation, newId } from '@assent/platform';
import { DEFAULT_RULES, type SearchRules } from './core/search.facts';
import { SearchDependencies } from './search.dependencies';
import { bestOf, nextStep, worstOf, type NextStep } from './core/decide';
import { leftOf, stateOf } from './core/step';
import { noNode, noSearch, notTheTurn, ofTheRun } from './search.refusals';
import { SearchSteps, type SearchDriver } from './search.steps';
import { headOf, soFar, type NewSearch, type SearchRecord, type StoredNode } from './store/search.record';
import { SearchRepository, type LoggedStep } from './store/search.repository';

/** Open searches that the agents of one tenant may have: far more than agents drive at once, and few enough to notice a leak. */
const OPEN_SEARCHES_MAX = 1_000;
/** Default token limit of a search: some 200 long answers with their judgements. */
const TOKENS_USUAL = 1_000_000;
/** Two answers, each in both orders. */
const MAX_JUDGEMENTS = 4;
/** Number of critiques of a parent in the prompt of the next answer: the newest are the most useful. */
const CRITIQUES_SHOWN = 3;
const SEEDS = 2 ** 31;

/** Searches for the best answer. The driver asks for the next step, carries it out, and submits the result. */
@Injectable()
export class SearchService {
  constructor(
    private readonly searches: SearchRepository,
    private readonly steps: SearchSteps,
    private readonly dependencies: SearchDependencies,
  ) {}

  /** @throws AssentError idempotency_mismatch, overloaded */
  async start(
    { tenantId, subject }: { readonly tenantId: string; readonly subject: string },
    params: MethodParams<'search/start'>,
    run: NewSearch['run'] = null,
  ): Promise<SearchHead> {
    const { idempotencyKey = null, memory = true } = params;
    const query = this.dependencies.redact(params.query);
    const prompt = params.prompt === undefined ? null : this.dependencies.redact(params.prompt);
    const rules = rulesOf(params.rules);
    const budget = budgetOf(rules, params.budget);
    const payloadHash = contentHashOf(
      JSON.stringify({ query, prompt, memory, rules, budget, seed: params.seed ?? null }),
    );
    const earlier = () => this.remembered({ tenantId, subject }, idempotencyKey, run, payloadHash);
    const found = await earlier();
    if (found) return found;
    const id = newId();
    const seed = params.seed ?? seedFrom(id);
    const search = {
      id,
      tenantId,
      subject,
      run,
      query,
      prompt,
      memory,
      seed,
      rules,
      budget,
      idempotencyKey,
      payloadHash,
    };
    try {
      const record = await this.searches.open(search, OPEN_SEARCHES_MAX);
      if (record) return headOf(record);
    } catch (thrown) {
      const raced = isUniqueViolation(thrown, 'searches_key') || isUniqueViolation(thrown, 'searches_run');
      const winner = raced ? await earlier() : null;
      if (winner) return winner;
      throw thrown;
    }
    throw new AssentError(
      'overloaded',
      `${OPEN_SEARCHES_MAX} searches of this tenant are open already: finish some with search/finish.`,
      { retryAfterSeconds: 60 },
    );
  }

  /** @throws AssentError not_found, conflict */
  async select(
    driver: SearchDriver,
    { searchId, leaseSeconds = LEASE_SECONDS.usual }: Omit<MethodParams<'search/select'>, 'driver'>,
  ): Promise<MethodResult<'search/select'>> {
    const found = await this.require(driver.tenantId, searchId, driver.runId);
    const leased = await this.searches.lease(driver.tenantId, searchId, driver.owner, leaseSeconds);
    const record = leased ?? (found.status === 'open' ? await this.require(driver.tenantId, searchId) : found);
    if (!leased && record.status === 'open') throw notTheTurn(record, driver.owner, null);
    const search = soFar(record, await this.searches.log(searchId, record.version));
    const next: NextStep =
      record.end === null
        ? nextStep(search.rules, stateOf(search), leftOf(search))
        : { kind: 'finish', reason: record.end };
    return {
      searchId,
      version: record.version,
      query: record.query,
      next: await this.shown(record, next),
      left: leftOf(search),
      leaseUntil: leased?.leaseUntil?.toISOString() ?? null,
    };
  }

  /** A finished search gives the same response to every call. @throws AssentError not_found, conflict */
  async finish(
    { tenantId, owner, runId }: SearchDriver,
    { searchId, version }: Omit<MethodParams<'search/finish'>, 'driver'>,
  ): Promise<MethodResult<'search/finish'>> {
    const record = await this.require(tenantId, searchId, runId);
    if (record.status === 'finished') return this.finished(record);
    const search = soFar(record, await this.searches.log(searchId, record.version));
    const next = nextStep(search.rules, stateOf(search), leftOf(search));
    const end = next.kind === 'finish' ? next.reason : 'stopped';
    const closed = await this.searches.finish({ id: searchId, tenantId, version }, owner, end);
    if (closed) return this.finished(closed);
    const now = await this.require(tenantId, searchId);
    if (now.status === 'finished') return this.finished(now);
    throw notTheTurn(now, owner, version);
  }

  /** @throws AssentError not_found */
  async get(tenantId: string, { searchId, nodeId }: MethodParams<'search/get'>): Promise<MethodResult<'search/get'>> {
    const record = await this.require(tenantId, searchId);
    const [nodes, comparisons, texts, judgements] = await Promise.all([
      this.searches.nodes(searchId),
      this.searches.comparisons(searchId),
      nodeId === undefined ? [] : this.searches.texts(searchId, [nodeId]),
      nodeId === undefined ? [] : this.searches.judgements(searchId, nodeId),
    ]);
    const [node = null] = texts;
    if (nodeId !== undefined && !node) throw noNode(searchId, nodeId);
    return { search: headOf(record), nodes, comparisons, node, judgements };
  }

  /** Steps after a position of the log, in order, with their responses. */
  log(searchId: string, after: number): Promise<LoggedStep[]> {
    return this.searches.steps(searchId, after);
  }

  /** @param driver the run whose search it must be; null: an agent's own; undefined: anybody may read */
  private async require(tenantId: string, searchId: string, driver?: string | null): Promise<SearchRecord> {
    const record = await this.searches.find(tenantId, searchId);
    if (!record) throw noSearch(searchId);
    if (driver !== undefined && driver !== record.runId) throw ofTheRun(record);
    return record;
  }

  private async remembered(
    { tenantId, subject }: { readonly tenantId: string; readonly subject: string },
    key: string | null,
    run: NewSearch['run'],
    payloadHash: string,
  ): Promise<SearchHead | null> {
    if (run) {
      const own = await this.searches.findByRun(tenantId, run.id, run.step);
      return own && headOf(own);
    }
    const earlier = key === null ? null : await this.searches.findByKey(tenantId, subject, key);
    if (!earlier) return null;
    if (earlier.payloadHash === payloadHash) return headOf(earlier);
    throw new AssentError(
      'idempotency_mismatch',
      `The idempotency key "${key}" belongs to search ${earlier.id}, which was started with other params: use a new key.`,
      { searchId: earlier.id },
    );
  }

  private async finished(record: SearchRecord): Promise<MethodResult<'search/finish'>> {
    const { id: searchId, version, status, end } = record;
    const state = stateOf(soFar(record, await this.searches.log(searchId, version)));
    const [best, worst] = [bestOf(state)?.nodeId, worstOf(state)?.nodeId];
    const texts = await this.searches.texts(
      searchId,
      [best, worst].filter((id) => id !== undefined),
    );
    const textOf = (id: string | undefined) => texts.find(({ nodeId }) => nodeId === id) ?? null;
    const { used } = headOf(record);
    return { searchId, version, status, end: end ?? 'stopped', best: textOf(best), worst: textOf(worst), used };
  }

  /** The next step with all data that it needs. */
  private async shown(record: SearchRecord, next: NextStep): Promise<SearchNext> {
    if (next.kind === 'finish') return next;
    if (next.kind === 'expand') return this.shownExpansion(record, next.parentId);
    const ids = [next.nodeId, ...next.tasks.map(({ against }) => against)];
    const texts = await this.searches.texts(record.id, ids);
    const shown = (id: string) => shownAnswer(texts, id);
    const tasks = next.tasks.map(({ against, swapped }) => {
      const [first, second] = swapped ? [against, next.nodeId] : [next.nodeId, against];
      return { against, swapped, first: shown(first), second: shown(second) };
    });
    return { kind: 'compare', nodeId: next.nodeId, tasks };
  }

  private async shownExpansion(record: SearchRecord, parentId: string | null): Promise<SearchNext> {
    const { id, tenantId, subject, memory, query } = record;
    const [prompt, parents, judgements, recalled] = await Promise.all([
      this.steps.promptBelow(record, parentId),
      parentId === null ? [] : this.searches.texts(id, [parentId]),
      parentId === null ? [] : this.searches.judgements(id, parentId),
      memory ? this.dependencies.lessons(tenantId, subject, query) : [],
    ]);
    const critiques = judgements.map(({ critique }) => critique).filter((critique) => critique !== '');
    return {
      kind: 'expand',
      parentId,
      parent: parents[0] ?? null,
      prompt,
      critiques: critiques.slice(0, CRITIQUES_SHOWN),
      recalled: recalled.map(({ fragmentId, text }) => ({ fragmentId, text })),
    };
  }
}

function shownAnswer(texts: readonly StoredNode[], id: string) {
  const text = texts.find(({ nodeId }) => nodeId === id);
  if (!text) throw new Error(`node ${id} is in the log, but not in the store`);
  return { nodeId: id, answer: text.answer, verified: text.verified };
}

/** The last 31 random bits of a new id. */
function seedFrom(id: string): number {
  return Number.parseInt(id.slice(-8), 16) % SEEDS;
}

function rulesOf(input: SearchRulesInput = {}): SearchRules {
  return { ...DEFAULT_RULES, ...input };
}

/** The budget of a search: as requested, or as much as its rules can need. */
function budgetOf({ maxIter }: SearchRules, asked: Partial<SearchAmounts> = {}): SearchAmounts {
  return {
    nodes: asked.nodes ?? Math.min(SEARCH_NODES_MAX, maxIter + 1),
    calls: asked.calls ?? Math.min(SEARCH_CALLS_MAX, 1 + maxIter * (1 + MAX_JUDGEMENTS)),
    tokens: asked.tokens ?? TOKENS_USUAL,
  };
}
