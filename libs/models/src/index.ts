export type { BudgetWarning } from './calls/budget';
export { estimateTokens } from './calls/budget';
export { MODEL_CALLS } from './models.tables';
export { type CallAccount, type CallLimit, type CallSession, ModelCaller } from './calls/model.caller';
export type { ModelReply, ProposedCall } from './calls/model.reply';
export { PromptLibrary } from './prompts/prompt.library';
export {
  messageText,
  type AnswerPart,
  type AnswerSchema,
  type CallResult,
  type FunctionOffer,
  type ModelEvent,
  type ModelMessage,
  type ModelPurpose,
} from './providers/model.port';
export { createModelProvider } from './providers/provider.factory';
export { storableValue } from './providers/storable.events';
export { ModelsModule } from './models.module';
