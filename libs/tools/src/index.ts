export { ToolMetrics } from './tool.metrics';
export { ToolsModule } from './tools.module';
export { ToolsService } from './tools.service';
export type { ToolCaller } from './tool.guard';
export { ToolPolicies } from './tool-policies';
export { ToolPolicyEntity } from './tool-policy.entity';
export { ToolCallEntity } from './tool-call.entity';
export { ToolCallRepository, endToolCall, insertToolCall, type ToolCallRecord } from './tool-call.repository';
