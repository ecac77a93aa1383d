import { Injectable } from '@nestjs/common';
import type { MEMORY_METHODS } from '@assent/contract';
import {
  ArchiveService,
  DriftService,
  ForgetService,
  MemoryService,
  MetaPromptService,
  OptimizerService,
  PlanService,
} from '@assent/memory';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class MemoryHandlers {
  constructor(
    private readonly memory: MemoryService,
    private readonly plans: PlanService,
    private readonly archive: ArchiveService,
    private readonly forgetting: ForgetService,
    private readonly prompts: MetaPromptService,
    private readonly optimizer: OptimizerService,
    private readonly drift: DriftService,
  ) {}

  readonly methods: MethodHandlers<typeof MEMORY_METHODS> = {
    'memory/search': async ({ query, limit, agent = null }, { principal: { tenantId } }) => ({
      items: await this.memory.search({ tenantId, agent }, query, limit),
      cursor: null,
    }),
    'memory/get': ({ fragmentId }, { principal }) => this.memory.withHistory(principal.tenantId, fragmentId),
    'memory/use/list': (params, { principal }) => this.memory.uses(principal.tenantId, params),
    'memory/list': (filter, { principal }) => this.memory.list(principal.tenantId, filter),
    'memory/plan/list': (filter, { principal }) => this.plans.list(principal.tenantId, filter),
    'memory/plan/get': ({ planId }, { principal }) => this.plans.get(principal.tenantId, planId),
    'memory/plan/apply': (plan, { principal: { tenantId, subject, issuers } }) =>
      this.plans.apply({ tenantId, subject, issuers, origin: 'plan' }, plan),
    'memory/plan/revert': ({ planId }, { principal: { tenantId, subject } }) =>
      this.plans.revert({ tenantId, subject, origin: 'plan' }, planId),
    'memory/export': ({ cursor, limit }, { principal }) => this.archive.page(principal.tenantId, cursor, limit),
    'memory/import': ({ activate = false, ...lines }, { principal: { tenantId, subject } }) =>
      this.archive.import(tenantId, subject, { ...lines, activate }),
    'memory/forget': (choice, { principal: { tenantId, subject } }) =>
      this.forgetting.forget(tenantId, subject, choice),
    'meta_prompt/list': (filter, { principal }) => this.prompts.list(principal.tenantId, filter),
    'meta_prompt/get': ({ metaPromptId }, { principal }) => this.prompts.get(principal.tenantId, metaPromptId),
    'memory/optimize': (_, { principal: { tenantId, subject } }) => this.optimizer.demand(tenantId, subject),
    'memory/run/list': (filter, { principal }) => this.optimizer.list(principal.tenantId, filter),
    'memory/run/get': ({ memoryRunId }, { principal }) => this.optimizer.get(principal.tenantId, memoryRunId),
    'memory/drift/get': (_, { principal }) => this.drift.get(principal.tenantId),
    'memory/drift/clear': (_, { principal: { tenantId, subject } }) => this.drift.clear(tenantId, subject),
  };
}
