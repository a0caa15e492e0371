import * as c from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { adviceEvents } from './advice-contact/index.js';
import { caseEvents } from './case/index.js';
import { subjectAccessEvents } from './subject-access/index.js';
import { thirdPartyEvents } from './third-party-entry/index.js';
import { caseRuleCodes, caseRules, sourceOf } from './rules.js';
import * as v from './vocabulary.js';

describe('the contract and the domain', () => {
  it.each([
    ['rules', c.caseRuleCodes, caseRuleCodes],
    ['identities', c.applicantIdentitySchema.options, v.applicantIdentities],
    ['languages', c.spokenLanguageSchema.options, v.spokenLanguages],
    ['holders', c.paperHolderSchema.options, v.paperHolders],
    ['ways of a copy', c.copyWaySchema.options, v.copyWays],
    ['roles', c.participantRoleSchema.options, v.participantRoles],
    ['links', c.caseLinkKindSchema.options, v.linkKinds],
    ['recusals', c.recusalReasonSchema.options, v.recusalReasons],
    ['exclusions', c.exclusionReasonSchema.options, v.exclusionReasons],
    ['attachments', c.attachmentKindSchema.options, v.attachmentKinds],
    ['decisions', c.handoverDecisionSchema.options, v.handoverDecisions],
    ['documents', c.caseDocumentKindSchema.options, v.documentKinds],
    ['ways of asking', c.accessWaySchema.options, v.accessWays],
    ['parts in a file', c.accessPartSchema.options, v.accessParts],
    ['grounds of an extension', c.accessExtensionGroundSchema.options, v.accessExtensionGrounds],
  ])('name the same %s', (_name, contract, domain) => {
    expect([...contract].toSorted()).toEqual([...domain].toSorted());
  });
  it('names a source wherever the law speaks', () => {
    for (const code of [
      'nothing_before_both_signatures',
      'signed_request_needs_known_name',
      'tick_is_no_signature',
    ] as const)
      expect(sourceOf(code)).toBe(caseRules[code].cite);
    expect(sourceOf('case_closed')).toBeUndefined();
  });
});

describe('every field of every event', () => {
  const fields = [...caseEvents, ...adviceEvents, ...subjectAccessEvents, ...thirdPartyEvents].flatMap((event) =>
    Object.entries(event.fields).map(([name, field]) => ({ at: `${event.type} ${name}`, name, field })),
  );
  it('says what it is, and for whom it is sealed', () => {
    const bad = fields.filter(
      ({ field }) =>
        !['clear', 'code', 'text'].includes(field.class) || field.subjects.length > 0 !== (field.class !== 'clear'),
    );
    expect(bad.map(({ at }) => at)).toEqual([]);
  });
  it('that is the date of when something happened is sealed: only terms and their start stand in the clear', () => {
    const dates = fields.filter(({ name, field }) => name.endsWith('On') && field.class === 'clear');
    expect([...new Set(dates.map(({ name }) => name))].toSorted()).toEqual([
      'closedOn',
      'destroyOn',
      'dueOn',
      'handedOutOn',
      'hearingDueOn',
      'statementOn',
    ]);
  });
});
