import * as c from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { adviceEvents } from './advice-contact/index.js';
import { caseEvents } from './case/index.js';
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
  ])('name the same %s', (_name, contract, domain) => {
    expect([...contract].sort()).toEqual([...domain].sort());
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
  it.each([...caseEvents, ...adviceEvents].map((event) => [event.type, event] as const))(
    '%s says what it is',
    (_type, event) => {
      for (const [name, field] of Object.entries(event.fields)) {
        expect(['clear', 'code', 'text'], name).toContain(field.class);
        expect(field.subjects.length > 0, name).toBe(field.class !== 'clear');
        // A date of when something happened is sealed; only a term's own dates stand in the clear.
        if (/On$/.test(name) && field.class === 'clear')
          expect(['dueOn', 'hearingDueOn', 'closedOn', 'destroyOn']).toContain(name);
      }
    },
  );
});
