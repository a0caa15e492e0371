import type { LanguageRegime } from './codes.js';
import type { BindingLanguage, Language } from './languages.js';
import { source } from './sources.js';

export const languageRuleSource = source(
  'The seat of exploitation decides; the wrong language is null in NL and FR areas',
  's47',
  's48',
);

/**
 * The language a document must be made in, and a translation when the worker reads another one. In Brussels it is the
 * worker's language; who reads neither Dutch nor French gets the fallback with a translation (own reading).
 */
export const documentLanguage = (
  regime: LanguageRegime,
  workerLanguage: Language,
  brusselsFallback: 'nl' | 'fr' = 'fr',
): { readonly binding: BindingLanguage; readonly translation: Language | null } => {
  const binding = bindingOf(regime, workerLanguage, brusselsFallback);
  return { binding, translation: workerLanguage === binding ? null : workerLanguage };
};

const bindingOf = (regime: LanguageRegime, worker: Language, fallback: 'nl' | 'fr'): BindingLanguage => {
  switch (regime) {
    case 'dutch':
      return 'nl';
    case 'french':
      return 'fr';
    case 'german':
      return 'de';
    case 'brussels':
      return worker === 'nl' || worker === 'fr' ? worker : fallback;
  }
};
