import { Injectable } from '@nestjs/common';
import type { DistilRequest, Distilled, Distiller } from '@assent/memory';
import { LessonReader } from '@assent/planner';

/** Reads finished runs for memory by the model that plans: within the budgets and the ledger of all its calls. */
@Injectable()
export class MemoryDistiller implements Distiller {
  constructor(private readonly reader: LessonReader) {}

  get isConfigured(): boolean {
    return this.reader.isConfigured;
  }

  distil(request: DistilRequest): Promise<Distilled> {
    return this.reader.read(request);
  }
}
