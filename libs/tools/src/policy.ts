import { readFile } from 'node:fs/promises';
import type { Policy } from './guard';
import { compilePolicy, refusedPolicy } from './policy-document';

/**
 * Reads the policy file. Without a file there are no rules, and the defaults decide.
 * @throws AssentError `invalid` naming the rule and the property that is wrong
 */
export async function loadPolicy(file: string | null): Promise<Policy> {
  if (file === null) return { rules: [], maxCalls: null };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const problem = 'cannot be read: check that POLICY_FILE exists and the server may read it';
    throw refusedPolicy('file', '', problem, { cause });
  }
  return parsePolicy(text);
}

/** @param text JSON, UTF-8 */
export function parsePolicy(text: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusedPolicy('file', '', 'is not JSON', { cause });
  }
  return compilePolicy(value, 'file');
}
