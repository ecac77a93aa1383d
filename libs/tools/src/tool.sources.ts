import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { ToolAdapter, ToolSource } from './tool-adapter.port';

/** The permanent tools, and the sources of tools that change. */
export class ToolSources implements OnModuleInit, BeforeApplicationShutdown {
  readonly adapters: readonly ToolAdapter[];
  readonly sources: readonly ToolSource[];

  constructor(made: readonly (ToolAdapter | ToolSource)[]) {
    this.adapters = made.filter(isAdapter);
    this.sources = made.filter(isSource);
  }

  /** Runs before any run is resumed, which may need one of these tools. */
  async onModuleInit(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.start()));
  }

  /** Runs after runs in progress have finished or been handed back. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.sources.map((source) => source.stop()));
  }
}

function isSource(item: ToolAdapter | ToolSource): item is ToolSource {
  return 'tools' in item;
}

function isAdapter(item: ToolAdapter | ToolSource): item is ToolAdapter {
  return !isSource(item);
}
