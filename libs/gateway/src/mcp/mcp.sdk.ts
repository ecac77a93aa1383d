import type * as Sdk from '@modelcontextprotocol/server' with { 'resolution-mode': 'import' };

/** The server side of the MCP SDK, as `import()` gives it. */
export type McpSdk = typeof Sdk;
export type McpServer = Sdk.McpServer;
export type McpHandler = Sdk.McpHttpHandler;
export type McpTool = Sdk.Tool;
export type McpResult = Sdk.CallToolResult;
export type McpRequestScope = Sdk.ServerContext['mcpReq'];
