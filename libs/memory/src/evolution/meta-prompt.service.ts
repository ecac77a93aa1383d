import { Injectable } from '@nestjs/common';
import {
  AssentError,
  DEFAULT_PAGE,
  pageOf,
  readUuidCursor,
  type MetaPrompt,
  type MetaPromptStatus,
  type Page,
} from '@assent/contract';
import { MetaPromptRepository } from './meta-prompt.repository';

export interface MetaPromptFilter {
  readonly family?: string | undefined;
  readonly status?: MetaPromptStatus | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Meta-prompts for people. */
@Injectable()
export class MetaPromptService {
  constructor(private readonly prompts: MetaPromptRepository) {}

  /** @throws AssentError not_found */
  async get(tenantId: string, metaPromptId: string): Promise<MetaPrompt> {
    const prompt = await this.prompts.find(tenantId, metaPromptId);
    if (prompt) return prompt;
    throw new AssentError('not_found', `There is no meta-prompt ${metaPromptId}. meta_prompt/list lists them.`, {
      metaPromptId,
    });
  }

  async list(tenantId: string, filter: MetaPromptFilter): Promise<Page<MetaPrompt>> {
    const { cursor, limit = DEFAULT_PAGE } = filter;
    const items = await this.prompts.list(tenantId, filter, readUuidCursor(cursor), limit);
    return pageOf(
      items,
      limit,
      (prompt) => prompt,
      ({ metaPromptId }) => metaPromptId,
    );
  }
}
