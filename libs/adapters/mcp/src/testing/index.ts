export { McpStage, contextOf } from './mcp-stage';
