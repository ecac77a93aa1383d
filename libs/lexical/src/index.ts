export { composeFromTrace } from './lexical.composer';
export { LexicalComposer, LexicalModule } from './lexical.module';
