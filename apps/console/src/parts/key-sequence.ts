/** Of two keys of a sequence, such as `g r`, the second one comes within this time. */
const SEQUENCE_MS = 1_200;

/** Reads keys one by one and says which binding they make up. Capital letters are the same as small ones. */
export class KeySequence {
  private first: { readonly key: string; readonly at: number } | null = null;

  /**
   * @param bindings `j`, `g r`, `Enter`
   * @returns the binding that this key completes, or null
   */
  press(key: string, at: number, bindings: Iterable<string>): string | null {
    const name = key.length === 1 ? key.toLowerCase() : key;
    const known = [...bindings];
    const { first } = this;
    this.first = null;
    if (first && at - first.at <= SEQUENCE_MS) {
      const pair = `${first.key} ${name}`;
      if (known.includes(pair)) return pair;
    }
    if (known.includes(name)) return name;
    if (known.some((binding) => binding.startsWith(`${name} `))) this.first = { key: name, at };
    return null;
  }
}
