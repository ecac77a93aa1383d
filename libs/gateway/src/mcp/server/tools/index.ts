import type { AssentTool } from '../mcp.call';
import { answerQuestion } from './answer-question.tool';
import { awaitDecision } from './await-decision.tool';
import { checkTool } from './check-tool.tool';
import { getRun } from './get-run.tool';
import { permission } from './permission.tool';
import { proposeChange } from './propose-change.tool';
import { reportOutcome } from './report-outcome.tool';
import { searchMemory } from './search-memory.tool';
import { startRun } from './start-run.tool';

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
