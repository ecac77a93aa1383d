import { createHash } from 'node:crypto';
import type { FunctionOffer } from '@assent/models';
import { DECIDE_OFFER } from './decide.schema';
import type { ToolOffer } from './step-request';

export const ASK_PERSON = 'ask_person';
export const FINISH = 'finish';

/** Maximum characters of a function name. Endpoints accept ^[a-zA-Z0-9_-]{1,64}$. */
const NAME_MAX_CHARS = 64;
const HASH_HEX_CHARS = 8;

/** Built-in functions. */
export const OWN: readonly FunctionOffer[] = [
  {
    name: ASK_PERSON,
    description:
      'Asks the person who set the goal one question. The answer comes as text, or as one of the options. Example: {"question": "Which unit does timeout have?", "options": ["milliseconds", "seconds"]}',
    parameters: {
      type: 'object',
      properties: {
        question: { type: 'string', description: 'Complete without anything said before' },
        options: {
          type: 'array',
          items: { type: 'string' },
          description: 'Answers to choose from; leave it out for free text',
        },
        assumptionIds: {
          type: 'array',
          items: { type: 'string' },
          description: 'Assumptions of an earlier `decide` that are true if the answer is yes, false if it is no',
        },
      },
      required: ['question'],
      additionalProperties: false,
    },
  },
  {
    name: FINISH,
    description: 'Ends the run: the goal is reached, or cannot be reached.',
    parameters: {
      type: 'object',
      properties: {
        reached: { type: 'boolean', description: 'Whether the goal is reached, by what you have seen' },
        summary: { type: 'string', description: 'What was done, and what was not, and why' },
        remaining: { type: 'string', description: 'What is left to do; leave it out if nothing is' },
      },
      required: ['reached', 'summary'],
      additionalProperties: false,
    },
  },
];

/** The built-in functions including `decide`. */
export const OWN_WITH_DECIDE: readonly FunctionOffer[] = [...OWN, DECIDE_OFFER];

/** The functions offered to a model, and the tools that they represent. */
export interface OfferedFunctions {
  readonly functions: readonly FunctionOffer[];
  /** The tool for a function name or a tool's own name; undefined when no tool has it. */
  readonly toolOf: (name: string) => ToolOffer | undefined;
  /** The offered name that a model means by a decorated name; the given name when nothing matches. */
  readonly nameOf: (name: string) => string;
}

/** Offers the tools under names that every endpoint accepts, and the built-in functions. All names are unique. */
export function offerFunctions(tools: readonly ToolOffer[], own: readonly FunctionOffer[] = OWN): OfferedFunctions {
  const byFunction = new Map<string, ToolOffer>();
  const taken = new Set(own.map(({ name }) => name));
  for (const tool of tools) {
    const name = functionName(tool.name, taken);
    taken.add(name);
    byFunction.set(name, tool);
  }
  return {
    functions: [
      ...[...byFunction].map(([name, { description, effect, inputSchema }]) => ({
        name,
        description: `${description} (effect: ${effect})`,
        parameters: inputSchema,
      })),
      ...own,
    ],
    toolOf: (name) => byFunction.get(name) ?? tools.find((tool) => tool.name === name),
    nameOf: (name) => {
      const isKnown = (form: string) => taken.has(form) || tools.some((tool) => tool.name === form);
      return [name, name.trim(), plainName(name)].find(isKnown) ?? name;
    },
  };
}

/** `functions.file_read:0` is `file_read`: some models add the namespace and the number of the call to the name. */
function plainName(name: string): string {
  return name
    .trim()
    .replace(/^(functions?|tools?|default_api)[.:/]/iu, '')
    .replace(/:\d+$/u, '');
}

/** `file.read` becomes `file_read`. A name that is too long or taken ends in a hash of itself. */
function functionName(tool: string, taken: ReadonlySet<string>): string {
  const plain = tool.replace(/[^a-zA-Z0-9_-]/g, '_');
  if (plain.length > 0 && plain.length <= NAME_MAX_CHARS && !taken.has(plain)) return plain;
  const hash = createHash('sha256').update(tool).digest('hex').slice(0, HASH_HEX_CHARS);
  return `${plain.slice(0, NAME_MAX_CHARS - HASH_HEX_CHARS - 1)}_${hash}`;
}
