import type { Config } from '@assent/platform';
import type { ToolHost } from './tool-adapter.port';
import { findFamilies } from './tool.families';
import { ToolSources } from './tool.sources';
import { createTools, readToolsFile } from './tools-file';

/**
 * Checks the tools file like a start, without starting programs or connections.
 * @throws AssentError `invalid` naming the section and the property that is wrong
 */
export async function checkToolsFile(config: Config): Promise<void> {
  const ignore = (): void => undefined;
  const host: ToolHost = {
    log: { info: ignore, warn: ignore },
    secret: (name) => config.variable(name),
    redact: (text) => text,
    trust: { known: () => Promise.resolve([]), see: () => Promise.resolve(null), onTrust: () => ignore },
    egressAllow: config.env.EGRESS_ALLOW,
  };
  const made = await createTools(await readToolsFile(config.toolsFile), findFamilies(), host);
  await new ToolSources(made).beforeApplicationShutdown();
}
