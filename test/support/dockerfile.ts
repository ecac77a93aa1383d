export interface Instruction {
  readonly instruction: string;
  readonly argument: string;
}

/** The instructions of a Dockerfile, continued lines joined, comments left out. */
export function instructionsIn(text: string): Instruction[] {
  return text
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, instruction = '', argument = ''] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
      return { instruction: instruction.toUpperCase(), argument };
    });
}

/** The instructions of each stage, its FROM first. */
export function stagesIn(text: string): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const one of instructionsIn(text)) {
    if (one.instruction === 'FROM') stages.push([]);
    stages.at(-1)?.push(one);
  }
  return stages;
}
