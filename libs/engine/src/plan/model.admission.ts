import { Injectable } from '@nestjs/common';
import { AssentError, type StartParams } from '@assent/contract';
import { Config } from '@assent/platform';
import { FeatureFlags } from '@assent/identity';
import { SearchVerifier } from './search/search.verifier';
import { ModelSteps } from './model.steps';
import { Recalibrations } from './recalibrations';

/** Default share of a run's tokens for the search of one step. The rest pays for scoring the plan and for the other steps. */
const SEARCH_SHARE = 0.25;

/** Whether a model plans every step, because the run has neither a trace nor beliefs. */
export function isModelPlanned({ trace, beliefs }: StartParams): boolean {
  return trace === undefined && beliefs === undefined;
}

/** Checks the model settings of `start` before anything is stored. */
@Injectable()
export class ModelAdmission {
  constructor(
    private readonly models: ModelSteps,
    private readonly recalibrations: Recalibrations,
    private readonly verifier: SearchVerifier,
    private readonly flags: FeatureFlags,
    private readonly config: Config,
  ) {}

  /** @throws AssentError invalid, with a pointer into the params */
  check(params: StartParams, workspace: string): void {
    if (params.budget?.costUsd !== undefined && this.models.isConfigured && !this.models.countsCosts) {
      const text =
        'The prices of the model are not configured (LLM_INPUT_USD_PER_MILLION, LLM_OUTPUT_USD_PER_MILLION): set the budget in tokens.';
      throw new AssentError('invalid', text, { pointer: '/budget/costUsd' });
    }
    this.checkSearch(params, workspace);
    if (isModelPlanned(params)) this.checkModelPlanned(params);
  }

  /** The params to store. @throws AssentError invalid for settings that do not exist or are switched off for the tenant */
  async toStore(tenantId: string, params: StartParams): Promise<StartParams> {
    const pinned = await this.recalibrations.pinned(tenantId, params);
    if (params.deliberation !== 'search') return pinned;
    if (!(await this.flags.enabled(tenantId, 'search_deliberation'))) {
      throw noSearch('is switched off for this tenant (flag search_deliberation): leave it out, or use "auto".');
    }
    const { budget: { tokens = Infinity } = {}, search } = params;
    const share = Math.ceil(Math.min(tokens, this.config.env.LLM_RUN_TOKENS) * SEARCH_SHARE);
    return { ...pinned, search: { ...search, budget: { tokens: share, ...search?.budget } } };
  }

  private checkSearch(params: StartParams, workspace: string): void {
    if (params.deliberation !== 'search') {
      if (!params.search) return;
      throw new AssentError('invalid', '"search" configures a search: set deliberation to "search" as well.', {
        pointer: '/search',
      });
    }
    if (!this.models.isConfigured) {
      throw noSearch('needs a model, and none is configured (LLM_BASE_URL, LLM_MODEL): leave it out, or use "auto".');
    }
    if (!isModelPlanned(params)) {
      throw noSearch('finds its own plan: leave out trace and beliefs, or use "auto".');
    }
    this.verifier.check(params.search?.verify, workspace);
  }

  private checkModelPlanned({ actions }: StartParams): void {
    if (!this.models.isConfigured) {
      throw new AssentError('invalid', 'Nothing to plan from: give a trace or beliefs (no model is configured).', {
        pointer: '/trace',
      });
    }
    if (actions === undefined || actions.length === 0) return;
    throw new AssentError(
      'invalid',
      'A model proposes its own actions: leave these out, or give the trace or the beliefs that they belong to.',
      { pointer: '/actions' },
    );
  }
}

function noSearch(why: string): AssentError {
  return new AssentError('invalid', `deliberation "search" ${why}`, { pointer: '/deliberation' });
}
