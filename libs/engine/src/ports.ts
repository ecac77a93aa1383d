import { Injectable, type Provider } from '@nestjs/common';
import type { JsonObject, MemoryPlan } from '@assent/contract';
import { APPROVAL_SUBJECTS, PermissionPolicy, RevisionDrafter, SUBJECT_VIEWS } from '@assent/approvals';
import { MemoryDependencies, RecallService, type Distiller } from '@assent/memory';
import { SearchDependencies } from '@assent/search';
import { LessonReader } from '@assent/planner';
import { FeatureFlags, type People } from '@assent/identity';
import { Redaction, RunExecutor } from '@assent/runs';
import { ToolsService } from '@assent/tools';
import { ToolDrafter } from './approve/tool.drafter';
import { EngineService } from './engine.service';
import { AgentPermissionSubject, AgentPermissionView, ToolPermissionPolicy } from './subjects/agent-permission.subject';
import { MemoryPlanRequests, MemoryPlanSubject, MemoryPlanView } from './subjects/memory-plan.subject';
import { ToolTrustSubject, ToolTrustView } from './subjects/tool-trust.subject';

@Injectable()
class ToolRedaction implements Redaction {
  constructor(private readonly tools: ToolsService) {}

  redact(value: JsonObject): JsonObject {
    return this.tools.redactForDisplay(value);
  }
}

/** Connects memory to the tools, the flags, the inbox and the model. */
@Injectable()
class EngineMemoryDependencies implements MemoryDependencies {
  constructor(
    private readonly redaction: Redaction,
    private readonly flags: FeatureFlags,
    private readonly requests: MemoryPlanRequests,
    /** Model calls within the budgets and with the ledger. */
    private readonly lessons: LessonReader,
  ) {}

  redact(text: string): string {
    const { text: redacted } = this.redaction.redact({ text });
    return typeof redacted === 'string' ? redacted : '';
  }

  requiresApproval(tenantId: string): Promise<boolean> {
    return this.flags.enabled(tenantId, 'memory_routing');
  }

  requestApproval(tenantId: string, plan: MemoryPlan, people: People): Promise<void> {
    return this.requests.request(tenantId, plan, people);
  }

  withdrawApproval(tenantId: string, planId: string, actor: string): Promise<void> {
    return this.requests.withdraw(tenantId, planId, actor);
  }

  get distiller(): Distiller {
    const { lessons } = this;
    return { isConfigured: lessons.isConfigured, distil: (request) => lessons.read(request) };
  }
}

/** Connects searches to memory and the tools. */
@Injectable()
class EngineSearchDependencies implements SearchDependencies {
  constructor(
    private readonly memory: MemoryDependencies,
    private readonly recall: RecallService,
  ) {}

  redact(text: string): string {
    return this.memory.redact(text);
  }

  lessons(tenantId: string, agent: string, query: string) {
    return this.recall.lessons({ tenantId, agent }, query);
  }
}

const list = (...items: object[]) => items;

/** Ports of the lower libs, bound to libs that these must not import. Nest refuses to start while a port is unbound. */
export const PORTS = [
  { provide: RunExecutor, useExisting: EngineService },
  { provide: RevisionDrafter, useExisting: ToolDrafter },
  { provide: PermissionPolicy, useClass: ToolPermissionPolicy },
  { provide: Redaction, useClass: ToolRedaction },
  { provide: MemoryDependencies, useClass: EngineMemoryDependencies },
  { provide: SearchDependencies, useClass: EngineSearchDependencies },
  { provide: SUBJECT_VIEWS, useFactory: list, inject: [MemoryPlanView, ToolTrustView, AgentPermissionView] },
  {
    provide: APPROVAL_SUBJECTS,
    useFactory: list,
    inject: [MemoryPlanSubject, ToolTrustSubject, AgentPermissionSubject],
  },
] satisfies Provider[];
