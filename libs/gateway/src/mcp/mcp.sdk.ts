import type * as Sdk from '@modelcontextprotocol/server' with { 'resolution-mode': 'import' };

/** The server side of the MCP SDK, as `import()` gives it. */
export type McpSdk = typeof Sdk;
export type McpServer = Sdk.McpServer;
export type McpHandler = Sdk.McpHttpHandler;
export type McpTool = Sdk.Tool;
export type McpResult = Sdk.CallToolResult;
export type McpRequestScope = Sdk.ServerContext['mcpReq'];
/** A result, or a question to the person at the client, who then repeats the call. */
export type McpAnswer = McpResult | Sdk.InputRequiredResult;
