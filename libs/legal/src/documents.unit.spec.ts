import { describe, expect, it } from 'vitest';
import { documentKind } from './codes.js';
import { type DocumentData, documentDataSchemas, documentTemplates, renderDocument } from './documents.js';
import { labelsSchema, languages } from './languages.js';

const samples: DocumentData = {
  interview_confirmation: {
    organisation: 'Gentia',
    site: 'Gent',
    applicant: 'Pieter Claes',
    interviewer: 'Lies Maes',
    interviewerFunction: 'vertrouwenspersoon',
    interviewDate: '2026-03-05',
    secrecyReference: 'penal_code_458',
    issuedOn: '2026-03-06',
  },
  informal_choice: {
    organisation: 'Zorgnet',
    site: 'Gent',
    applicant: 'Yasmine Haddad',
    interveningPerson: 'Lies Maes',
    interveningPersonFunction: 'vertrouwenspersoon',
    informalType: 'intervention_with_another_person',
    mayBeTold: ['aan Jan Peeters: dat de planning te zwaar is'],
    agreements: [],
    secrecyReference: 'penal_code_352',
    madeOn: '2026-05-01',
  },
  hand_over_letter: {
    organisation: 'Gentia',
    site: 'Luik',
    applicant: 'Tom Dubois',
    counsellor: 'Lies Maes',
    receiver: 'Karel Wouters',
    receiverKind: 'prevention_adviser',
    records: ['document van het eerste gesprek', 'document met de keuze van informele interventie'],
    consentGivenOn: '2026-05-01',
    consentWordingVersion: '2026.1',
    answerBy: '2026-05-12',
    secrecyReference: 'penal_code_352',
    sentOn: '2026-05-02',
  },
  access_answer: {
    organisation: 'Gentia',
    person: 'Jens Thelen',
    answeredBy: 'Lies Maes',
    answeredByFunction: 'Vertrauensperson',
    receivedOn: '2026-05-01',
    shown: [],
    secrecyReference: 'penal_code_352',
    madeOn: '2026-05-22',
  },
  access_refusal: {
    organisation: 'Gentia',
    person: 'Jens Thelen',
    answeredBy: 'Lies Maes',
    answeredByFunction: 'Vertrauensperson',
    receivedOn: '2026-05-01',
    ground: 'identity_not_shown',
    madeOn: '2026-05-22',
  },
};

describe('document templates', () => {
  it.each(documentKind.values)('%s is complete in every language and leaves no blank open', (kind) => {
    const template = documentTemplates[kind];
    expect(labelsSchema.safeParse(template.title).success).toBe(true);
    const blanks = (text: string): readonly string[] =>
      [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').toSorted();
    const paragraphs = template.body.flatMap((block) => (block.kind === 'paragraph' ? [block.text] : []));
    for (const paragraph of paragraphs)
      for (const language of languages) {
        expect(blanks(paragraph[language])).toEqual(blanks(paragraph.nl));
        for (const blank of blanks(paragraph[language])) expect(Object.keys(template.formats)).toContain(blank);
      }
    expect(Object.keys(template.formats).toSorted()).toEqual(Object.keys(documentDataSchemas[kind].shape).toSorted());
    for (const language of languages) {
      const rendered = renderDocument(kind, language, samples[kind]);
      expect(JSON.stringify(rendered)).not.toMatch(/[{]\w+[}]|undefined/);
      expect(rendered.notice === null).toBe(language !== 'en' || documentTemplates[kind].letter === true);
    }
  });

  it('prints what was agreed, signed by the applicant and the intervening person', () => {
    const rendered = renderDocument('informal_choice', 'nl', samples.informal_choice);
    expect(rendered.signatures.map(({ role }) => role)).toEqual(['applicant', 'intervening_person']);
    const text = JSON.stringify(rendered);
    expect(text).toContain('interventie bij een andere persoon');
    expect(text).toContain('aan Jan Peeters');
    expect(text).toContain('artikel 352');
    expect(text).toContain('1 mei 2026');
    expect(text).not.toContain('Akkoord van de andere deelnemers');
  });

  it('says that nothing may be told when nothing was agreed', () => {
    const rendered = renderDocument('informal_choice', 'fr', { ...samples.informal_choice, mayBeTold: [] });
    expect(JSON.stringify(rendered)).toContain('Rien, à personne.');
  });

  it('prints a value as it is, even one that looks like a blank', () => {
    const rendered = renderDocument('interview_confirmation', 'nl', {
      ...samples.interview_confirmation,
      applicant: '{interviewer} $& $1',
    });
    expect(JSON.stringify(rendered)).toContain('met {interviewer} $& $1.');
  });

  it('refuses notes with the reason of the law, in the language of who asked', () => {
    const text = JSON.stringify(renderDocument('access_answer', 'de', samples.access_answer));
    for (const words of ['Artikel 352', '32quinquiesdecies', 'Artikel 15', 'Datenschutzbehörde', '1. Mai 2026'])
      expect(text).toContain(words);
    expect(JSON.stringify(renderDocument('access_refusal', 'fr', samples.access_refusal))).toContain(
      "n'est pas établie",
    );
  });

  it('refuses data that does not fit', () => {
    expect(() => renderDocument('hand_over_letter', 'de', { ...samples.hand_over_letter, records: [] })).toThrow(
      'records',
    );
    expect(() =>
      renderDocument('hand_over_letter', 'de', { ...samples.hand_over_letter, sentOn: '2026-02-30' }),
    ).toThrow('sentOn');
  });
});
