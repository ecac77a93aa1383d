import { AssentError, isUuid } from '@assent/contract';
import type { McpServer } from '../mcp.sdk';
import { renderTree } from '../../rest/tree.form';
import type { McpOperations } from './mcp.operations';

const PAGE = 50;
const JSON_TYPE = 'application/json';
const TREE_TYPE = 'text/vnd.mermaid';
const DIFF_TYPE = 'text/x-diff';

interface Template {
  readonly name: string;
  readonly uriTemplate: string;
  readonly description: string;
  readonly mimeType: string;
  /** Its group is the id. */
  readonly pattern: RegExp;
  readonly read: (id: string, operations: McpOperations) => Promise<string>;
}

const TEMPLATES: readonly Template[] = [
  {
    name: 'run',
    uriTemplate: 'assent://runs/{runId}',
    description: 'One run with its pending requests',
    mimeType: JSON_TYPE,
    pattern: /^assent:\/\/runs\/([^/]+)$/,
    read: async (runId, { invoke }) => JSON.stringify(await invoke('run/get', { runId })),
  },
  {
    name: 'tree',
    uriTemplate: 'assent://runs/{runId}/tree',
    description: 'The newest tree of a run as a Mermaid flowchart',
    mimeType: TREE_TYPE,
    pattern: /^assent:\/\/runs\/([^/]+)\/tree$/,
    read: async (runId, { invoke }) => renderTree(await invoke('tree/get', { runId }), TREE_TYPE),
  },
  {
    name: 'diff',
    uriTemplate: 'assent://approvals/{approvalId}/diff',
    description: 'The change that an approval is about',
    mimeType: DIFF_TYPE,
    pattern: /^assent:\/\/approvals\/([^/]+)\/diff$/,
    read: async (approvalId, { invoke }) => {
      const { diffId } = await invoke('approval/get', { approvalId });
      if (diffId === null) throw new AssentError('not_found', `Approval ${approvalId} is not about a change of files.`);
      return (await invoke('diff/get', { diffId })).patch;
    },
  },
  {
    name: 'fragment',
    uriTemplate: 'assent://memory/fragments/{id}',
    description: 'One lesson with its history',
    mimeType: JSON_TYPE,
    pattern: /^assent:\/\/memory\/fragments\/([^/]+)$/,
    read: async (fragmentId, { invoke }) => JSON.stringify(await invoke('memory/get', { fragmentId })),
  },
];

/** Runs, trees, changes and lessons as resources: reads of existing operations. */
export function addResources(
  { server }: McpServer,
  operations: McpOperations,
  toError: (thrown: unknown) => Error,
): void {
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: TEMPLATES.map(({ name, uriTemplate, description, mimeType }) => ({
      name,
      uriTemplate,
      description,
      mimeType,
    })),
  }));
  server.setRequestHandler('resources/list', async ({ params }) => {
    try {
      const cursor = params?.cursor;
      const page = await operations.invoke('run/list', {
        requester: operations.subject,
        limit: PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      return {
        resources: page.items.map(({ runId, goal, state }) => ({
          uri: `assent://runs/${runId}`,
          name: runId,
          title: goal,
          description: state,
          mimeType: JSON_TYPE,
        })),
        ...(page.cursor !== null && { nextCursor: page.cursor }),
      };
    } catch (thrown) {
      throw toError(thrown);
    }
  });
  server.setRequestHandler('resources/read', async ({ params: { uri } }) => {
    try {
      for (const { pattern, mimeType, read } of TEMPLATES) {
        const id = pattern.exec(uri)?.[1];
        if (id !== undefined && isUuid(id)) return { contents: [{ uri, mimeType, text: await read(id, operations) }] };
      }
      throw new AssentError('not_found', 'There is no such resource.');
    } catch (thrown) {
      throw toError(
        thrown instanceof AssentError && thrown.reason === 'not_found'
          ? new AssentError('not_found', thrown.message, { uri })
          : thrown,
      );
    }
  });
}
