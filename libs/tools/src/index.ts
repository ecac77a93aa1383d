export { hasMetacharacters } from './command-globs';
export { COMMAND_MAX_CHARS } from './policy-document';
export { OUTPUT_MAX_BYTES, capOutput } from './output-cap';
export { ToolMetrics } from './tool.metrics';
export { ToolsModule } from './tools.module';
export { checkToolsFile } from './tools-file';
export { wasNotAttempted, NOT_ATTEMPTED } from './not-attempted';
export { loadPolicy } from './policy';
export { ToolsService } from './tools.service';
export type { Applied, CallOptions, RemoteListing } from './tool.views';
export { isUnreadable, type ToolCaller } from './tool.guard';
export { keepModeChanges, type DraftFile } from './content-file';
export { GatewaySettings } from './gateway.settings';
export { ToolRevisions } from './tool.revisions';
export { PermissionGuard, permissionEffect, permissionTool } from './permission.guard';
export { isPatch, permissionPaths, type PermissionPaths } from './permission-paths';
export { ToolPolicies } from './tool-policies';
export { TOOL_POLICIES, MCP_PINS, TOOL_CALLS, CLIENT_CALLS } from './tools.tables';
export { ToolTrust, type TrustedTool } from './tool-trust';
export {
  ToolCallRepository,
  callOfStep,
  endToolCall,
  endToolCalls,
  insertToolCall,
  insertToolCalls,
  type ToolCallEnd,
  type ToolCallRecord,
} from './tool-call.repository';
export {
  ClientCallRepository,
  cancelClientCalls,
  insertClientCalls,
  takeClientCall,
  toolCallRequest,
  type ClientCallEnd,
  type ClientCallRecord,
  type NewClientCall,
} from './client-call.repository';
export { ClientOutputs } from './client.outputs';
export { type ApplyResult, applyFiles } from './apply-files';
export type { ContentDocument, DryRun } from './diff-content';
export type { DiffDraft } from './content-file';
export { assertAllowed, changedFile, movedFile, readBase, readExisting, readFileAt } from './file-target';
export { WALK_ENTRIES_MAX, type Walk, type WalkBudget, type WalkedEntry, walkEntries, walkFiles } from './file-walk';
export { nullIfRefused } from './file-failure';
export { IgnoreRules } from './ignore-rules';
export { ownSchemaCheck, schemaCheck } from './json-schema';
export type { MismatchOptions } from './patch-mismatch';
export { type FilePart, PATCH_FILES_MAX, applyPart, linesOf, parsePatchSet, pathsOfPart } from './patch-set';
export type { TextFilter } from './redaction';
export { Refused, SchemaImporter, isObject } from './schema-importer';
export { shownLines, shownText } from './shown-text';
export { calledNames } from './sql-verbs';
export { applyEdits } from './text-edit';
export { applyKeepingFormat, keepFormat } from './text-format';
export { applyTextPatch } from './text-patch';
export type {
  EffectDraft,
  EffectReport,
  EffectResult,
  ExternalAdapter,
  KnownTool,
  ReadAdapter,
  RemoteTool,
  ToolAdapter,
  ToolContext,
  AnyToolFamily,
  ToolFamily,
  ToolHost,
  ToolSource,
  ToolsListener,
  UnavailableTools,
  TrustStore,
  WriteAdapter,
} from './tool-adapter.port';
export { visibleText } from './visible-text';
export { type FolderEntry, WorkspaceDirectory, reachWorkspace } from './workspace-directory';
export { FILE_MAX_BYTES, assertText, decodeText, readSnapshot } from './workspace-file';
export { PathArgument, parsePath, refusedPath, quotePath } from './workspace-path';
export { diffText } from './text-diff';
