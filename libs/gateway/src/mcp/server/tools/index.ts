import type { AssentTool } from '../mcp.call';
import { answerQuestion, getRun, startRun, reportOutcome } from './run.tools';
import { awaitDecision } from './await-decision.tool';
import { checkTool, permission } from './permission.tools';
import { proposeChange } from './propose-change.tool';
import { searchMemory } from './search-memory.tool';

/** The tools of the server, in the order of the list. No tool decides an approval. */
export const ASSENT_TOOLS: readonly AssentTool[] = [
  proposeChange,
  awaitDecision,
  searchMemory,
  startRun,
  getRun,
  answerQuestion,
  reportOutcome,
  checkTool,
  permission,
];
