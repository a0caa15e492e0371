import { describe, expect, it } from 'vitest';
import { kindOfFacts } from './codes.js';
import {
  agreementRequired,
  checkCounsellorRequirements,
  checkDesignation,
  designationFunctions,
} from './designation.js';
import { documentLanguage } from './document-language.js';
import { procedureSteps, protectionAt } from './protection.js';
import { professionalSecrecyOn } from './secrecy.js';
import { lawOverridesSchema, lawSettings } from './settings.js';
import { texts } from './texts.js';

const codes = (findings: readonly { readonly code: string }[]): readonly string[] => findings.map(({ code }) => code);

describe('designation', () => {
  it('never takes the occupational physician, from inside or outside', () => {
    for (const isStaff of [true, false])
      expect(codes(checkDesignation({ functions: ['occupational_physician'], isStaff }).refused)).toEqual([
        'occupational_physician',
      ]);
  });
  it('refuses staff who represent, delegate or lead, and takes them from outside', () => {
    const functions = [
      'employer_representative_works_council',
      'worker_representative_works_council',
      'employer_representative_committee',
      'worker_representative_committee',
      'union_delegate',
      'leading_personnel',
    ] as const;
    expect(codes(checkDesignation({ functions, isStaff: true }).refused)).toEqual([...functions]);
    expect(checkDesignation({ functions, isStaff: false })).toEqual({ refused: [], warnings: [] });
  });
  it('warns of election candidates, human resources and prevention advisers', () => {
    const found = checkDesignation({ functions: ['hr', 'election_candidate', 'prevention_adviser'], isStaff: true });
    expect(found.refused).toEqual([]);
    expect(codes(found.warnings)).toEqual(['election_candidate', 'hr', 'prevention_adviser']);
  });
  it('has a rule with an article or page for every function', () => {
    for (const code of designationFunctions) {
      const { refused, warnings } = checkDesignation({ functions: [code], isStaff: true });
      expect([...refused, ...warnings]).toHaveLength(1);
      expect([...refused, ...warnings][0]?.source.urls.length).toBeGreaterThan(0);
    }
  });
  it.each([
    [{ workers: 49, hasExternalPsychosocialAdviser: true, counsellors: 0, internalCounsellors: 0 }, []],
    [
      { workers: 50, hasExternalPsychosocialAdviser: false, counsellors: 0, internalCounsellors: 0 },
      ['counsellor_required:false', 'internal_counsellor_required:false'],
    ],
    [
      { workers: 50, hasExternalPsychosocialAdviser: true, counsellors: 1, internalCounsellors: 0 },
      ['counsellor_required:true', 'internal_counsellor_required:false'],
    ],
    [
      { workers: 20, hasExternalPsychosocialAdviser: true, counsellors: 1, internalCounsellors: 0 },
      ['internal_counsellor_required:false'],
    ],
    [{ workers: 20, hasExternalPsychosocialAdviser: false, counsellors: 1, internalCounsellors: 0 }, []],
    [
      {
        workers: 10,
        hasExternalPsychosocialAdviser: true,
        requestedByAll: true,
        counsellors: 1,
        internalCounsellors: 0,
      },
      ['counsellor_required:true'],
    ],
  ])('asks what is owed of %j', (organisation, expected) => {
    expect(checkCounsellorRequirements(organisation).map(({ code, met }) => `${code}:${met}`)).toEqual(expected);
  });
  it('needs the agreement of the committee, else the delegation, else the workers', () => {
    expect(agreementRequired({ hasCommittee: true, hasUnionDelegation: true }).body).toBe('committee_worker_members');
    expect(agreementRequired({ hasCommittee: false, hasUnionDelegation: true }).body).toBe('union_delegation');
    expect(agreementRequired({ hasCommittee: false, hasUnionDelegation: false }).body).toBe('workers');
  });
});

describe('protection against reprisals', () => {
  it('starts with the formal request for violence, bullying and unwanted sexual behaviour', () => {
    expect(protectionAt('formal_request', 'violence').protects).toBe('yes');
    expect(protectionAt('formal_request', 'bullying').protects).toBe('yes');
    expect(protectionAt('formal_request', 'unwanted_sexual_behaviour').protects).toBe('yes');
    expect(protectionAt('formal_request', 'workload').protects).toBe('no');
  });
  it('exists informally only by anti-discrimination law', () => {
    expect(protectionAt('informal_request', 'unwanted_sexual_behaviour').protects).toBe(
      'yes_by_anti_discrimination_law',
    );
    expect(protectionAt('informal_request', 'bullying').protects).toBe('only_with_discrimination_criterion');
    expect(protectionAt('informal_request', 'bullying', { linkedToCriterion: true }).protects).toBe(
      'yes_by_anti_discrimination_law',
    );
    expect(protectionAt('informal_request', 'conflict', { linkedToCriterion: true }).protects).toBe('no');
  });
  it('never says a plain yes before the formal request, and has words and a source for every answer', () => {
    for (const step of procedureSteps)
      for (const kind of kindOfFacts.values) {
        const answer = protectionAt(step, kind);
        expect(answer.protects === 'yes' && step !== 'formal_request').toBe(false);
        expect(texts[answer.textKey].nl.length).toBeGreaterThan(0);
        expect(answer.source.cite.length).toBeGreaterThan(0);
      }
  });
});

describe('settings', () => {
  it('do not count written messages as a hearing unless an organisation is told otherwise', () => {
    expect(lawSettings().writtenMessagesCountAsHearing).toBe(false);
    expect(lawSettings({ writtenMessagesCountAsHearing: true }).writtenMessagesCountAsHearing).toBe(true);
  });
  it('never suppress less than five', () => {
    expect(lawSettings().smallCellThreshold).toBe(5);
    expect(lawOverridesSchema.safeParse({ smallCellThreshold: 4 }).success).toBe(false);
    expect(lawOverridesSchema.safeParse({ trainingHours: 1 }).success).toBe(false);
  });
});

describe('professional secrecy', () => {
  it('follows the date and can be configured', () => {
    expect(professionalSecrecyOn('2026-04-07').id).toBe('penal_code_458');
    expect(professionalSecrecyOn('2026-04-08')).toMatchObject({ id: 'penal_code_352', status: 'from-memory' });
    expect(professionalSecrecyOn('2026-11-01', 'penal_code_458').id).toBe('penal_code_458');
  });
});

describe('language of documents', () => {
  it('is that of the seat, in Brussels that of the worker', () => {
    expect(documentLanguage('dutch', 'fr')).toEqual({ binding: 'nl', translation: 'fr' });
    expect(documentLanguage('german', 'de')).toEqual({ binding: 'de', translation: null });
    expect(documentLanguage('french', 'en')).toEqual({ binding: 'fr', translation: 'en' });
    expect(documentLanguage('brussels', 'nl')).toEqual({ binding: 'nl', translation: null });
    expect(documentLanguage('brussels', 'en', 'nl')).toEqual({ binding: 'nl', translation: 'en' });
  });
});
