import fc from 'fast-check';
import { markedGoal } from './goal.text';

describe('the goal of a family', () => {
  it.each([
    ['Fix ticket INC-4711: API timeout on web03', 'Fix ticket <id>: API timeout on <id>'],
    ['Restore "request timeout" in config/timeout.json to 30s', 'Restore <text> in config/timeout.json to <number>s'],
    ['Deploy a1b2c3d4e5 to api.example.com:8443 on 2026-03-02T10:00Z', 'Deploy <id> to <host> on <date>'],
    ['Rewrite main.rs and docker-compose.yml', 'Rewrite main.rs and docker-compose.yml'],
    ["Users can't log in since 12 March 2026, don't wait", "Users can't log in since <date>, don't wait"],
    ["Rename 'old name' to `new name`", 'Rename <text> to <text>'],
    ['修复工单4711的超时', '修复工单<number>的超时'],
    ['Поднять лимит до 200 на сервере бд-7', 'Поднять лимит до <number> на сервере <id>'],
    ['See #12, order 99.5, 10.0.0.1 and https://x.y/z?a=1', 'See <id>, order <number>, <host> and <host>'],
    ['Free tenant 3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'Free tenant <id>'],
    ['Mail bob@corp.example  at 10:30', 'Mail <host> at <date>'],
  ])('of "%s" is "%s"', (goal, family) => {
    expect(markedGoal(goal)).toBe(family);
  });

  it('is the same for goals that differ only in numbers, ids and quoted strings', () => {
    const word = fc.stringMatching(/^[a-z]{3,9}$/).filter((text) => !/^[a-f]+$/.test(text));
    const number = fc.nat({ max: 99_999 });
    fc.assert(
      fc.property(word, word, number, number, fc.uuid(), fc.uuid(), (verb, noun, a, b, first, second) => {
        const goal = (ticket: number, id: string) =>
          `${verb} the ${noun} of ABC-${ticket} (${id}), "${ticket}" times ${ticket}`;
        expect(markedGoal(goal(a, first))).toBe(markedGoal(goal(b, second)));
      }),
    );
  });

  it('is its own family', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (goal) => {
        expect(markedGoal(markedGoal(goal))).toBe(markedGoal(goal));
      }),
    );
  });
});
