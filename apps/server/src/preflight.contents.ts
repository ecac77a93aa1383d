import { resolve } from 'node:path';
import { loadApprovalPolicy } from '@assent/approvals';
import { readMemorySchedule } from '@assent/memory';
import { checkJsonFile, type Config } from '@assent/platform';
import { createModelProvider } from '@assent/models';
import { checkToolsFile, loadPolicy } from '@assent/tools';
import { requireAll } from './start.problems';

/**
 * Checks the values of settings and the files that they name, as the libs read them when the server starts.
 * @throws StartError with one line for each problem
 */
export function checkContentsOf(config: Config): Promise<void> {
  const { approvalPolicyFile, policyFile, toolsFile } = config;
  return requireAll([
    checkFile('TOOLS_FILE', toolsFile, () => checkToolsFile(config)),
    checkFile('POLICY_FILE', policyFile, () => loadPolicy(policyFile)),
    checkFile('APPROVAL_POLICY_FILE', approvalPolicyFile, () => loadApprovalPolicy(approvalPolicyFile)),
    checkModel(config),
    Promise.resolve(config.env.MEMORY_SCHEDULE)
      .then(readMemorySchedule)
      .then(() => undefined),
  ]);
}

async function checkFile(setting: string, file: string | null, check: () => unknown): Promise<void> {
  if (file !== null) await checkJsonFile(setting, file, check);
}

async function checkModel({ env }: Config): Promise<void> {
  const { LLM_PROVIDER, LLM_BASE_URL, LLM_SCRIPT } = env;
  const isScripted = LLM_PROVIDER === undefined ? LLM_BASE_URL === undefined : LLM_PROVIDER === 'scripted';
  const script = isScripted && LLM_SCRIPT !== undefined ? resolve(LLM_SCRIPT) : null;
  if (script === null) createModelProvider(env);
  else await checkFile('LLM_SCRIPT', script, () => createModelProvider(env));
}
