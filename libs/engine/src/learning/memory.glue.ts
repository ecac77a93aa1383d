import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MemoryPorts } from '@assent/memory';
import { FeatureFlags } from '@assent/platform';
import { ToolsService } from '@assent/tools';
import { MemoryDistiller } from './memory.distiller';
import { MemoryPlanSubject } from '../subjects/memory-plan.subject';

/** Gives memory what it needs of the other libs. */
@Injectable()
export class MemoryGlue implements OnModuleInit {
  constructor(
    private readonly ports: MemoryPorts,
    private readonly tools: ToolsService,
    private readonly flags: FeatureFlags,
    private readonly subject: MemoryPlanSubject,
    private readonly distiller: MemoryDistiller,
  ) {}

  onModuleInit(): void {
    this.ports.connect({
      redact: (text) => {
        const { text: shown } = this.tools.shown({ text });
        return typeof shown === 'string' ? shown : '';
      },
      needsAssent: (tenantId) => this.flags.enabled(tenantId, 'memory_routing'),
      askForAssent: (tenantId, plan) => this.subject.ask(tenantId, plan),
      distiller: this.distiller,
    });
  }
}
