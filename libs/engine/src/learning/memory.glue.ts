import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MemoryPorts } from '@assent/memory';
import { ToolsService } from '@assent/tools';

/** Gives memory what it needs of the other libs. */
@Injectable()
export class MemoryGlue implements OnModuleInit {
  constructor(
    private readonly ports: MemoryPorts,
    private readonly tools: ToolsService,
  ) {}

  onModuleInit(): void {
    this.ports.connect({
      redact: (text) => {
        const { text: shown } = this.tools.shown({ text });
        return typeof shown === 'string' ? shown : '';
      },
    });
  }
}
