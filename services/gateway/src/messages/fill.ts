import type { Language } from '@toeverlaat/contracts';

/** One message in every language of the product; a missing one does not compile. */
export type Message = Readonly<Record<Language, string>>;
export type Params = Readonly<Record<string, string | number>>;

/** Puts parameters in place of `{name}`. A parameter that is not given stays visible, so that a test can see it. */
export const fill = (template: string, params: Params): string =>
  template.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? String(params[name]) : whole,
  );
