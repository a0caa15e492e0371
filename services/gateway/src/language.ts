import { languageSchema, type Language } from '@toeverlaat/contracts';

/** The first of our languages that `Accept-Language` (RFC 9110 §12.5.4) prefers. */
export const languageOf = (header: string | undefined, fallback: Language): Language => {
  if (header === undefined || header.length > 400) return fallback;
  const wanted = header
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters
        .map((parameter) => /^\s*q=(\d(?:\.\d{1,3})?)\s*$/.exec(parameter)?.[1])
        .find((q) => q !== undefined);
      return { tag: range.split('-')[0] ?? '', weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  for (const { tag } of wanted) {
    const found = languageSchema.safeParse(tag);
    if (found.success) return found.data;
  }
  return fallback;
};
