import { Injectable } from '@nestjs/common';

/** What memory needs of other libs, which it may not import: the engine connects it at boot. */
export interface MemoryPartners {
  /** MUST take secrets out of a text, and MUST leave a text without any as it is. */
  redact(text: string): string;
}

/** Holds the partners. Until they are connected nothing can be kept: a text that was not redacted is never stored. */
@Injectable()
export class MemoryPorts {
  private partners: MemoryPartners | null = null;

  connect(partners: MemoryPartners): void {
    this.partners = partners;
  }

  redact(text: string): string {
    return this.connected.redact(text);
  }

  private get connected(): MemoryPartners {
    if (!this.partners) throw new Error('memory is used before the engine has connected its partners');
    return this.partners;
  }
}
