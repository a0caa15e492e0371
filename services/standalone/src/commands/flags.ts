import { WrongUse } from './command.js';

/**
 * Parts a command's own flags from the rest, which are settings of the product.
 * @param withValue flags that take a value
 * @param bare flags that take none
 * @throws WrongUse for a flag without its value
 */
export const splitFlags = <const N extends string, const B extends string>(
  argv: readonly string[],
  withValue: readonly N[],
  bare: readonly B[] = [],
): {
  readonly own: Readonly<Partial<Record<N, string>>>;
  /** Every value of a flag that may be given more than once. */
  readonly all: (name: N) => readonly string[];
  readonly switches: ReadonlySet<B>;
  /** What stands before the first flag. */
  readonly words: readonly string[];
  readonly rest: readonly string[];
} => {
  const own: Partial<Record<N, string>> = {};
  const every: { readonly name: N; readonly value: string }[] = [];
  const switches = new Set<B>();
  const words: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    const name = withValue.find((one) => word === `--${one}`);
    const alone = bare.find((one) => word === `--${one}`);
    if (alone !== undefined) switches.add(alone);
    else if (name !== undefined) {
      const value = argv[(at += 1)];
      if (value === undefined) throw new WrongUse(`--${name}: a value is needed`);
      own[name] = value;
      every.push({ name, value });
    } else if (!word.startsWith('--') && rest.length === 0) words.push(word);
    else rest.push(word);
  }
  return { own, all: (name) => every.flatMap((one) => (one.name === name ? [one.value] : [])), switches, words, rest };
};
