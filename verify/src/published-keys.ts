import { isObject, isText, parsed } from './folder.js';

/** The document that an organisation publishes (ADR 67), kept by whoever checks: not by the operator. */
export const PUBLISHED_KEYS_FORMAT = 'toeverlaat-keys/1';

/** What signatures of each kind may be of. Keys that are no longer used stay in it: what they signed is still checked. */
export type PublishedKeys = {
  readonly organisation: string;
  readonly keys: readonly string[];
  readonly installationKeys: readonly string[];
  readonly promiseKeys: readonly string[];
  readonly certificateKeys: readonly string[];
};

const uses = ['checkpoint', 'installation', 'certificate', 'promise'] as const;
type Use = (typeof uses)[number];
type Entry = { readonly use: Use; readonly id: string; readonly key: string };

const entryOf = (value: unknown): Entry | undefined => {
  if (!isObject(value) || value['alg'] !== 'Ed25519' || !isText(value['id']) || !isText(value['key'])) return undefined;
  const use = uses.find((one) => one === value['use']);
  return use === undefined ? undefined : { use, id: value['id'], key: value['key'] };
};

/** The document's keys, by what they sign; undefined when it is none or part of it is missing. */
export const publishedKeysOf = (text: string): PublishedKeys | undefined => {
  const value = parsed(text);
  if (!isObject(value) || value['format'] !== PUBLISHED_KEYS_FORMAT || !isText(value['organisation'])) return undefined;
  const { organisation, keys } = value;
  if (!Array.isArray(keys)) return undefined;
  const entries = keys.map(entryOf);
  if (!entries.every((entry) => entry !== undefined)) return undefined;
  const of = (use: Use, part: 'id' | 'key'): readonly string[] =>
    entries.flatMap((entry) => (entry.use === use ? [entry[part]] : []));
  return {
    organisation,
    keys: of('checkpoint', 'key'),
    installationKeys: of('installation', 'key'),
    promiseKeys: of('promise', 'id'),
    certificateKeys: of('certificate', 'id'),
  };
};
