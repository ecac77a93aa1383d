export { ToolMetrics } from './tool.metrics';
export { ToolsModule } from './tools.module';
export { ToolsService } from './tools.service';
export { ToolCallEntity } from './tool-call.entity';
export { ToolCallRepository, endToolCall, insertToolCall, type ToolCallRecord } from './tool-call.repository';
