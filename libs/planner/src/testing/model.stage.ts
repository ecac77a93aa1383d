import { Test, type TestingModule } from '@nestjs/testing';
import { Pool } from 'pg';
import { register } from 'prom-client';
import { LexicalModule } from '@assent/lexical';
import type { BudgetWarning } from '@assent/models';
import { Config, Database, Environment, PlatformModule, createLog, newId } from '@assent/platform';
import { startModelEndpoint, type ModelEndpoint } from '@assent/test-support/model-endpoint';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { ModelPlanner } from '../deliberation/model.planner';
import type { DecisionPlan, StepRequest, TraceDelta } from '../deliberation/step-request';
import { PlannerModule } from '../planner.module';

/** The planner for specs in which all turns decide. */
export type DecidingPlanner = Pick<ModelPlanner, 'isConfigured' | 'countsCosts' | 'compose'> & {
  plan(request: StepRequest): Promise<DecisionPlan>;
};

export interface StagedPlanner {
  readonly planner: DecidingPlanner;
  readonly models: ModelPlanner;
  readonly store: Database;
}

/** The planner's module as in the server, with a database and a model endpoint that the tests of a file share. */
export class ModelStage {
  private modules: TestingModule[] = [];

  private constructor(
    readonly endpoint: ModelEndpoint,
    private readonly database: TestDatabase,
  ) {}

  static async open(): Promise<ModelStage> {
    const [endpoint, database] = await Promise.all([startModelEndpoint(), createTestDatabase()]);
    return new ModelStage(endpoint, database);
  }

  async planner(variables: Partial<Environment> = {}): Promise<StagedPlanner> {
    const defaults = { LOG_LEVEL: 'silent', LLM_MODEL: 'm-1', LLM_MAX_RETRIES: 0, LLM_BASE_URL: this.endpoint.url };
    const config = new Config(Object.assign(new Environment(), defaults, variables), new Map(), {}, null, new Set());
    const keys = { developer: 'd'.repeat(32), reviewer: 'r'.repeat(32) };
    const database = new Database(new Pool({ connectionString: this.database.url, max: 4 }));
    const module = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(config, keys, createLog(config), database), LexicalModule, PlannerModule],
    }).compile();
    await module.init();
    this.modules.push(module);
    const models = module.get(ModelPlanner);
    return { planner: deciding(models), models, store: database };
  }

  /** After a test: closes its modules and resets the metrics of the process. */
  async reset(): Promise<void> {
    for (const module of this.modules) await module.close();
    this.modules = [];
    register.clear();
  }

  async close(): Promise<void> {
    await this.reset();
    await this.endpoint.close();
    await this.database.drop();
  }
}

function deciding(models: ModelPlanner): DecidingPlanner {
  return {
    isConfigured: models.isConfigured,
    countsCosts: models.countsCosts,
    compose: (request) => models.compose(request),
    plan: async (request) => {
      const plan = await models.plan(request);
      if (plan.kind !== 'decision') throw new Error('the turn has decided nothing');
      return plan;
    },
  };
}

/** A tool that writes. */
export const FILE_TOOL = {
  name: 'file.write',
  description: 'Writes a text file',
  effect: 'write' as const,
  effort: 1,
  requiresApproval: true,
  inputSchema: { type: 'object', properties: { path: { type: 'string' }, content: { type: 'string' } } },
};

export interface Watched {
  readonly request: StepRequest;
  readonly deltas: TraceDelta[];
  readonly warnings: BudgetWarning[];
}

/** The second step of a run, with the deltas that it emits. */
export function step(over: Partial<StepRequest> = {}): Watched {
  const deltas: TraceDelta[] = [];
  const warnings: BudgetWarning[] = [];
  const request: StepRequest = {
    treeId: `tree_${newId()}`,
    runId: newId(),
    tenantId: newId(),
    step: 2,
    goal: 'Raise the timeout to three seconds',
    history: [],
    assumptions: [],
    recalled: [],
    tools: [FILE_TOOL],
    signal: new AbortController().signal,
    refusal: () => null,
    tryDry: () => Promise.resolve(null),
    deliberation: 'search',
    onDelta: (delta) => deltas.push(delta),
    onBudget: (warning) => warnings.push(warning),
    ...over,
  };
  return { request, deltas, warnings };
}

/** A call that writes a file. */
export const write = (path: string) => ({ name: 'file_write', args: { path, content: 'timeout: 3' } });

export const THOUGHT = {
  reasoning: ['The timeout is probably in app.yaml. ', 'If it is not, env.ts has it.'],
  text: ['I propose two writes.'],
  calls: [write('app.yaml'), write('env.ts')],
};
export const BELIEFS = {
  assumptions: [{ id: 'x1', text: 'The timeout is set in app.yaml', p: 0.8, excludes: [], given: [] }],
  associations: [
    { assumptionId: 'x1', value: true, actionId: 'a1' },
    { assumptionId: 'x1', value: false, actionId: 'a2' },
  ],
  ranking: ['x1'],
  observed: [],
};
export const GAINS = {
  gains: [
    { actionId: 'a1', when: [{ assumptionId: 'x1', value: true }], gain: 1 },
    { actionId: 'a2', when: [{ assumptionId: 'x1', value: false }], gain: 1 },
  ],
};
