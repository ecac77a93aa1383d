export { buildDiff, parseContent } from '../diff-content';
export { Redactor } from '../redaction';
export { ToolCalls } from '../tool.calls';
export { ToolLimits, isTransportFault } from '../tool.limits';
export { ToolRegistry } from '../tool.registry';
export { gitApply, gitFiles } from './git-apply';
export { MemoryTrust } from './memory-trust';
export { TempWorkspace, asOrdinaryUser, useWorkspace } from './temp-workspace';
export { contextWithoutFiles, type FakeHost, hostOf } from './tool-host';
