import type { MethodParams, MethodResult, SearchNext, Verification } from '@assent/contract';
import type { Caller } from './caller';

type Selected = MethodResult<'search/select'>;

/** An agent without a model: its answers are numbers, its judge likes large ones. The same search makes it do the same. */
export class SearchAgent {
  constructor(
    private readonly caller: Caller,
    readonly driver: string,
    private readonly options: { readonly verify?: (answer: string) => Verification; readonly tokens?: number } = {},
  ) {}

  select(searchId: string): Promise<Selected> {
    return this.caller.call('search/select', { searchId, driver: this.driver });
  }

  /** Performs the next steps, until the next one is to finish or `steps` are done. @returns the next step */
  async drive(searchId: string, steps = Infinity): Promise<Selected> {
    let selected = await this.select(searchId);
    for (let step = 0; step < steps && selected.next.kind !== 'finish'; step += 1) {
      const { next } = selected;
      if (next.kind === 'expand') await this.caller.call('search/expand', this.expansion(selected, next));
      if (next.kind === 'compare') await this.caller.call('search/compare', this.comparison(selected, next));
      selected = await this.select(searchId);
    }
    return selected;
  }

  async finish(searchId: string): Promise<MethodResult<'search/finish'>> {
    const { version } = await this.select(searchId);
    return this.caller.call('search/finish', { searchId, driver: this.driver, version });
  }

  expansion(
    { searchId, version }: Pick<Selected, 'searchId' | 'version'>,
    next: Extract<SearchNext, { kind: 'expand' }>,
  ): MethodParams<'search/expand'> {
    const answer = String(next.parent ? (Number(next.parent.answer) * 7 + version * 13 + 5) % 97 : 11);
    const { verify, tokens = 10 } = this.options;
    const head = { searchId, driver: this.driver, version, key: `step-${version}` };
    return { ...head, parentId: next.parentId, answer, tokens, ...(verify ? { verified: verify(answer) } : {}) };
  }

  comparison(
    { searchId, version }: Pick<Selected, 'searchId' | 'version'>,
    { nodeId, tasks }: Extract<SearchNext, { kind: 'compare' }>,
  ): MethodParams<'search/compare'> {
    const [task] = tasks;
    if (!task) throw new Error('nothing is owed');
    const { against, swapped, first, second } = task;
    const score = ({ answer }: { answer: string }) => 1 + (9 * Number(answer)) / 97;
    const criteria = [
      { name: 'size', weight: 3, first: score(first), second: score(second) },
      { name: 'form', weight: 1, first: 5, second: 5 },
    ];
    const judgement = {
      criteria,
      judge: 'by size',
      critique: `${first.answer} beside ${second.answer}`,
      lessons: ['larger is better'],
      evolvedPrompt: `prompt ${version}`,
    };
    const head = { searchId, driver: this.driver, version, key: `step-${version}` };
    return { ...head, nodeId, against, swapped, judgement, tokens: this.options.tokens ?? 10 };
  }
}
