import { AssentError, type JsonObject } from '@assent/contract';
import type { EffectDraft, EffectResult, ReadAdapter, ToolContext } from './tool-adapter.port';

/** A read as the reviewer sees it, and as it is stored. */
export function readDraft({ name, remote }: ReadAdapter, args: JsonObject): EffectDraft {
  return {
    effect: { definition: remote?.hash ?? null, arguments: args },
    summary: [`Read with ${name}`, `arguments: ${JSON.stringify(args, null, 2)}`].join('\n'),
    targets: [],
  };
}

/**
 * Runs an approved read if its tool is still the approved one.
 * @param run runs the work within the limits of the tool
 */
export async function applyRead(
  adapter: ReadAdapter,
  { definition, arguments: args }: JsonObject,
  run: (work: (context: ToolContext) => Promise<JsonObject>) => Promise<JsonObject>,
): Promise<EffectResult> {
  if (definition !== (adapter.remote?.hash ?? null)) {
    return { outcome: 'stale', output: { reason: `${adapter.name} is not what it was when this was approved.` } };
  }
  try {
    return { outcome: 'applied', output: await run((context) => adapter.run(args as JsonObject, context)) };
  } catch (thrown) {
    // A read has no effect that could have happened.
    if (thrown instanceof AssentError && thrown.details['sent'] === true) {
      throw new AssentError(thrown.reason, thrown.message, { ...thrown.details, sent: false }, { cause: thrown });
    }
    throw thrown;
  }
}
