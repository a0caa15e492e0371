import { z } from 'zod';

/** Languages of the screens. English is only ever a translation (domain: language law knows NL, FR, DE). */
export const languages = ['nl', 'fr', 'de', 'en'] as const;
export type Language = (typeof languages)[number];
export const languageSchema = z.enum(languages);

/** Languages a document may bind in. */
export const bindingLanguages = ['nl', 'fr', 'de'] as const;
export type BindingLanguage = (typeof bindingLanguages)[number];

/** One wording per language; a missing one is a type error. */
export type Labels = { readonly [L in Language]: string };
export const labelsSchema = z.strictObject({
  nl: z.string().min(1),
  fr: z.string().min(1),
  de: z.string().min(1),
  en: z.string().min(1),
});

const locales: Labels = { nl: 'nl-BE', fr: 'fr-BE', de: 'de-BE', en: 'en-GB' };

/** Made once per language: making one costs more than everything else that is done with a date. */
const formats = new Map<Language, Intl.DateTimeFormat>();
const formatOf = (language: Language): Intl.DateTimeFormat => {
  const known = formats.get(language);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeZone: 'UTC' });
  formats.set(language, made);
  return made;
};

/** A date as it is written in letters: `2026-03-04` → `4 maart 2026`; French writes the first of a month `1er`. */
export const formatDate = (date: string, language: Language): string => {
  const written = formatOf(language).format(new Date(`${date}T00:00:00Z`));
  return language === 'fr' ? written.replace(/^1 /, '1er ') : written;
};
