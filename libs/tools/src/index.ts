export { ToolMetrics } from './tool.metrics';
export { ToolsModule } from './tools.module';
export { ToolsService } from './tools.service';
export type { Applied } from './tool.views';
export type { ToolCaller } from './tool.guard';
export { ToolRevisions } from './tool.revisions';
export { ToolPolicies } from './tool-policies';
export { ToolPolicyEntity } from './tool-policy.entity';
export { McpPinEntity } from './mcp-pin.entity';
export { ToolTrust, type TrustedTool } from './tool-trust';
export { ToolCallEntity } from './tool-call.entity';
export { ToolCallRepository, endToolCall, insertToolCall, type ToolCallRecord } from './tool-call.repository';
export { ClientCallEntity } from './client-call.entity';
export {
  ClientCallRepository,
  cancelClientCalls,
  insertClientCall,
  takeClientCall,
  toolCallRequest,
  type ClientCallEnd,
  type ClientCallRecord,
} from './client-call.repository';
export { ClientOutputs } from './client.outputs';
