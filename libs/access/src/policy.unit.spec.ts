import * as fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accessMatrixMarkdown } from './matrix.js';
import {
  decide,
  decideAll,
  explain,
  fieldGroups,
  gives,
  needsAccessRecord,
  policyVersion,
  recordClasses,
  relations,
  rules,
  verbs,
  type Asked,
  type FieldGroup,
  type Rule,
} from './policy.js';
import {
  isPerRecordRole,
  isStaffRole,
  purposeAllowed,
  purposes,
  purposesOf,
  roles,
  roleSchema,
  staffRoles,
  type Role,
} from './roles.js';

const asked = fc.record({
  role: fc.constantFrom(...roles),
  verb: fc.constantFrom(...verbs),
  recordClass: fc.constantFrom(...recordClasses),
  relation: fc.constantFrom(...relations),
});

const every = (check: (asked: Asked) => void): void => {
  for (const role of roles)
    for (const verb of verbs)
      for (const recordClass of recordClasses)
        for (const relation of relations) check({ role, verb, recordClass, relation });
};

/** Written from domain.md §1 and the issue, without looking at the rule table: branches, not data. */
const oracle = ({ role, verb, recordClass, relation }: Asked): readonly FieldGroup[] => {
  if (relation === 'excluded') return [];
  const reading = verb === 'list' || verb === 'open';
  const intervenes = role === 'counsellor' || role === 'prevention_adviser';
  const applies = role === 'worker' || role === 'anonymous_worker';
  const own = relation === 'same_organisation';
  const oversees = role === 'auditor' || role === 'records_manager' || role === 'data_protection_officer';
  const out = new Set<FieldGroup>();
  const give = (...groups: FieldGroup[]) => groups.forEach((group) => out.add(group));
  switch (recordClass) {
    case 'designation_card':
      if (reading && ['self', 'same_organisation', 'none'].includes(relation)) give('directory');
      break;
    case 'organisation':
    case 'site':
      if (reading && own && role !== 'anonymous_worker' && role !== 'platform_operator') give('directory');
      if (role === 'administrator' && (own || relation === 'self') && verb !== 'take_over' && verb !== 'ask')
        give('metadata', 'directory');
      if (recordClass === 'organisation' && role === 'platform_operator' && verb === 'create' && relation === 'none')
        give('metadata');
      break;
    case 'person':
    case 'capacity':
    case 'mandate':
    case 'designation':
    case 'absence':
    case 'service_contract': {
      const ordinary = verb !== 'take_over' && verb !== 'ask';
      if (role === 'administrator' && ordinary && (own || relation === 'self')) give('metadata', 'directory');
      if (
        recordClass !== 'absence' &&
        recordClass !== 'service_contract' &&
        reading &&
        relation === 'self' &&
        role !== 'anonymous_worker'
      )
        give('metadata', 'directory');
      if (recordClass === 'person' && intervenes && reading && own) give('directory');
      if (recordClass === 'absence' && intervenes && ordinary && relation === 'self') give('metadata', 'directory');
      if (recordClass === 'designation' && own && ordinary && role === 'employer') give('metadata', 'directory');
      if (recordClass === 'designation' && own && (reading || verb === 'act') && role === 'committee_member')
        give('metadata', 'directory');
      if (
        ['designation', 'capacity', 'mandate', 'service_contract'].includes(recordClass) &&
        oversees &&
        own &&
        reading
      )
        give('metadata');
      break;
    }
    case 'permissions':
      if (oversees && own && reading) give('metadata');
      break;
    case 'request':
    case 'conversation':
      if (recordClass === 'request' && applies && verb === 'create' && relation === 'self') give('metadata', 'content');
      if (applies && relation === 'applicant' && (reading || verb === 'act')) give('metadata', 'content');
      if (intervenes && (relation === 'chosen_counsellor' || relation === 'handler') && (reading || verb === 'act'))
        give('metadata', 'content');
      if (recordClass === 'request' && intervenes && relation === 'backup_named' && (reading || verb === 'take_over'))
        give('metadata');
      if (recordClass === 'request' && intervenes && relation === 'successor' && (verb === 'list' || verb === 'ask'))
        give('metadata');
      break;
    case 'case':
    case 'advice_contact':
      if (intervenes && verb === 'create' && ['self', 'chosen_counsellor', 'handler'].includes(relation))
        give('metadata', 'content');
      if (intervenes && relation === 'handler' && (reading || verb === 'act')) give('metadata', 'content');
      if (recordClass === 'advice_contact') break;
      if (applies && relation === 'applicant' && reading) give('metadata', 'told');
      if (intervenes && relation === 'backup_named' && (reading || verb === 'take_over')) give('metadata');
      if (intervenes && relation === 'successor' && (verb === 'list' || verb === 'ask')) give('metadata');
      break;
    case 'handover':
      // The applicant's choice, given by them or entered by who leaves or would come.
      if (verb === 'act' && applies && relation === 'applicant') give('metadata');
      if (verb === 'act' && intervenes && (relation === 'handler' || relation === 'successor')) give('metadata');
      break;
    case 'case_document':
    case 'attachment':
    case 'told_item':
    case 'disclosure':
      if (intervenes && relation === 'handler' && (reading || verb === 'act' || verb === 'create'))
        give('metadata', 'content');
      if (recordClass === 'case_document' && applies && relation === 'applicant' && (reading || verb === 'act'))
        give('metadata', 'content');
      if (recordClass === 'attachment' && applies && relation === 'applicant' && verb === 'create') give('metadata');
      if (
        recordClass === 'told_item' &&
        role === 'participant' &&
        relation === 'participant' &&
        (reading || verb === 'act')
      )
        give('told');
      break;
    case 'subject_access':
      if (role === 'worker' && relation === 'applicant' && verb === 'open') give('metadata', 'told');
      if ((role === 'worker' || intervenes) && relation === 'self' && verb === 'create') give('metadata');
      if (intervenes && relation === 'handler' && (reading || verb === 'act')) give('metadata', 'content');
      break;
    case 'third_party_entry':
      if (intervenes && own && verb !== 'take_over' && verb !== 'ask') give('metadata', 'content');
      if (role === 'employer' && own && reading) give('metadata', 'content');
      break;
    case 'personal_note':
      if (intervenes && relation === 'author' && (reading || verb === 'act')) give('metadata', 'content');
      if (intervenes && relation === 'handler' && verb === 'create') give('metadata', 'content');
      break;
    case 'referral_sent':
      if (intervenes && (relation === 'handler' || relation === 'sender') && verb !== 'take_over' && verb !== 'ask')
        give('metadata', 'content');
      if (applies && relation === 'applicant' && (reading || verb === 'act')) give('metadata', 'content');
      break;
    case 'referral_received':
      if (role === 'prevention_adviser' && relation === 'receiver' && (reading || verb === 'act'))
        give('metadata', 'content');
      break;
    case 'statutory_figures':
      if (role === 'head_internal_service' && own && verb !== 'take_over' && verb !== 'ask') give('figures_exact');
      break;
    case 'released_figures':
      if (['employer', 'committee_member', 'head_internal_service'].includes(role) && own && reading)
        give('figures_suppressed');
      break;
    case 'access_history':
    case 'proof':
      if (oversees && own && reading) give('metadata', 'proof');
      // That somebody could not read a case: for who handles it, and who oversees.
      if (recordClass === 'access_history' && oversees && own && verb === 'ask') give('metadata', 'proof');
      if (recordClass === 'access_history' && intervenes && relation === 'handler' && verb === 'ask')
        give('metadata', 'proof');
      break;
    case 'audit_mandate':
      if (oversees && own && reading) give('metadata');
      if (role === 'data_protection_officer' && own && (verb === 'create' || verb === 'act')) give('metadata');
      if (intervenes && relation === 'self' && verb === 'list') give('metadata');
      break;
    case 'access_alarm':
      // Never the employer, and nobody who is not to judge or not concerned.
      if (own && (role === 'auditor' || role === 'data_protection_officer') && (reading || verb === 'act'))
        give('metadata');
      if (intervenes && relation === 'self' && verb === 'list') give('metadata');
      break;
    case 'erasure':
      if (oversees && own && reading) give('metadata', 'proof');
      // Two of these decide; the auditor looks on.
      if (
        own &&
        (verb === 'create' || verb === 'act') &&
        (role === 'records_manager' || role === 'data_protection_officer')
      )
        give('metadata', 'proof');
      break;
    case 'departure': {
      const decides = role === 'records_manager' || role === 'counsellor';
      // Never the employer, nor whoever keeps the directory: two people decide, a counsellor among them.
      if (own && (verb === 'create' || verb === 'act') && decides) give('metadata');
      if (own && verb === 'ask' && intervenes) give('metadata');
      if (own && verb === 'open' && (intervenes || role === 'records_manager' || role === 'data_protection_officer'))
        give('metadata');
      break;
    }
    case 'legal_hold':
      if (oversees && own && reading) give('metadata', 'proof');
      // Why a hold was placed: for who places them, and who judges that on behalf of those concerned.
      if (own && verb === 'ask' && (role === 'records_manager' || role === 'data_protection_officer')) give('metadata');
      if (own && (verb === 'create' || verb === 'act') && role === 'records_manager') give('metadata');
      break;
    case 'kept_record':
      if (oversees && own && reading) give('metadata', 'proof');
      if (own && verb === 'create' && role === 'records_manager') give('metadata');
      break;
    case 'retention_rule':
      if (oversees && own && reading) give('metadata', 'proof');
      if (own && reading && (role === 'counsellor' || role === 'prevention_adviser')) give('metadata');
      // The committee is informed; what would be destroyed is exact numbers, and not for them.
      if (own && verb === 'list' && (role === 'committee_member' || role === 'administrator')) give('metadata');
      if (
        own &&
        (verb === 'create' || verb === 'act') &&
        ['records_manager', 'counsellor', 'prevention_adviser', 'administrator'].includes(role)
      )
        give('metadata');
      break;
    case 'operation':
      if (role === 'platform_operator' && reading && (own || relation === 'none')) give('metadata');
      break;
  }
  return fieldGroups.filter((group) => out.has(group));
};

describe('the policy', () => {
  it('gives exactly what an independent reading of the law gives, for every question there is', () => {
    let questions = 0;
    every((question) => {
      questions += 1;
      const decision = decide(question);
      expect({ ...question, fields: decision.allowed ? decision.scope.fields : [] }).toEqual({
        ...question,
        fields: oracle(question),
      });
    });
    expect(questions).toBe(roles.length * verbs.length * recordClasses.length * relations.length);
  });

  it('never allows anything to someone excluded, whatever else they are', () => {
    fc.assert(
      fc.property(asked, fc.subarray([...relations]), fc.nat(), ({ role, verb, recordClass }, held, at) => {
        const withExclusion = [...held.slice(0, at % (held.length + 1)), 'excluded' as const, ...held];
        expect(decideAll({ role, verb, recordClass, relations: withExclusion }).allowed).toBe(false);
      }),
    );
  });

  it('adds scopes up: several relations give the union and nothing more', () => {
    fc.assert(
      fc.property(asked, fc.subarray(relations.filter((relation) => relation !== 'excluded')), (question, held) => {
        const together = decideAll({ ...question, relations: held });
        const apart = new Set(
          held.flatMap((relation) => {
            const one = decide({ ...question, relation });
            return one.allowed ? one.scope.fields : [];
          }),
        );
        const fields = together.allowed ? together.scope.fields : [];
        expect(fields).toEqual(fieldGroups.filter((group) => apart.has(group)));
      }),
    );
  });

  it('gives content to those who handle, were chosen, apply, wrote or received, and beside the register to nobody else', () => {
    every((question) => {
      if (!gives(decide(question), 'content')) return;
      const { role, relation, recordClass } = question;
      // The register of facts by third parties names nobody who does not want it, and is no confidence (domain.md §3).
      if (recordClass === 'third_party_entry') return;
      const mayHave =
        (role === 'counsellor' && ['handler', 'chosen_counsellor', 'author', 'sender', 'self'].includes(relation)) ||
        (role === 'prevention_adviser' &&
          ['handler', 'chosen_counsellor', 'author', 'sender', 'receiver', 'self'].includes(relation)) ||
        ((role === 'worker' || role === 'anonymous_worker') && (relation === 'applicant' || relation === 'self'));
      expect({ ...question, mayHave }).toEqual({ ...question, mayHave: true });
      // `self` only starts a record of one's own.
      expect({ ...question, starts: relation !== 'self' || question.verb === 'create' }).toEqual({
        ...question,
        starts: true,
      });
    });
  });

  it('gives the register of facts by third parties to whoever keeps it and to the employer, who writes nothing in it', () => {
    const may = (role: Role) =>
      verbs.filter(
        (verb) => decide({ role, verb, recordClass: 'third_party_entry', relation: 'same_organisation' }).allowed,
      );
    expect(roles.filter((role) => may(role).length > 0).toSorted()).toEqual([
      'counsellor',
      'employer',
      'prevention_adviser',
    ]);
    expect(may('employer')).toEqual(['list', 'open']);
    expect(may('counsellor')).toEqual(['list', 'open', 'create', 'act']);
  });

  it.each([
    'employer',
    'head_internal_service',
    'committee_member',
    'administrator',
    'auditor',
    'records_manager',
    'data_protection_officer',
    'platform_operator',
  ] as const)('lets %s see no request, case, note, document or referral, not even that it exists', (role) => {
    const confidential = [
      'request',
      'conversation',
      'case',
      'handover',
      'advice_contact',
      'personal_note',
      'case_document',
      'attachment',
      'told_item',
      'disclosure',
      'subject_access',
      'referral_sent',
      'referral_received',
    ] as const;
    for (const recordClass of confidential)
      for (const verb of verbs)
        for (const relation of relations) expect(decide({ role, verb, recordClass, relation }).allowed).toBe(false);
  });

  it('gives a service nothing at all, and no purpose of a person', () => {
    for (const verb of verbs)
      for (const recordClass of recordClasses)
        for (const relation of relations)
          expect(decide({ role: 'service', verb, recordClass, relation }).allowed).toBe(false);
    for (const purpose of purposes) expect(purposeAllowed('service', purpose)).toBe(false);
    expect(roleSchema.safeParse('service').success).toBe(false);
    expect(isStaffRole('service')).toBe(false);
    expect(isPerRecordRole('service')).toBe(false);
  });

  it('keeps the auditor to metadata and proof, and to reading', () => {
    every((question) => {
      if (question.role !== 'auditor' || question.relation === 'self') return;
      const decision = decide(question);
      if (!decision.allowed || question.recordClass === 'designation_card') return;
      // The one thing an auditor does: saying why an alarm is none. Asking for a statement is reading too.
      const also: Readonly<Partial<Record<string, string>>> = { access_alarm: 'act', access_history: 'ask' };
      expect(['list', 'open', also[question.recordClass]]).toContain(question.verb);
      if (question.recordClass === 'organisation' || question.recordClass === 'site') return;
      expect(decision.scope.fields.filter((group) => group !== 'metadata' && group !== 'proof')).toEqual([]);
    });
  });

  it('opens a personal note to its author alone', () => {
    const openers = roles.flatMap((role) =>
      relations
        .filter((relation) => decide({ role, verb: 'open', recordClass: 'personal_note', relation }).allowed)
        .map((relation) => [role, relation]),
    );
    expect(openers).toEqual([
      ['counsellor', 'author'],
      ['prevention_adviser', 'author'],
    ]);
  });

  it('says which rule allows something, and does not betray an exclusion', () => {
    const allowed = explain(decide({ role: 'counsellor', verb: 'open', recordClass: 'case', relation: 'handler' }));
    expect(allowed).toMatchObject({ allowed: true, because: [{ rule: 'CASE-HANDLE' }], policyVersion });
    const excluded = explain(decide({ role: 'counsellor', verb: 'open', recordClass: 'case', relation: 'excluded' }));
    expect(excluded).toEqual(
      explain(decide({ role: 'counsellor', verb: 'open', recordClass: 'case', relation: 'none' })),
    );
  });

  it('has rules with ids of their own, a reason and a source, and none for the excluded', () => {
    const all = rules as readonly Rule[];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const rule of all) {
      expect(rule.why.length).toBeGreaterThan(20);
      expect(rule.source.length).toBeGreaterThan(5);
      expect(rule.relations).not.toContain('excluded');
    }
  });

  it('has a version that fits the envelope', () => {
    expect(policyVersion).toMatch(/^2026\.[0-9a-f]{10}$/);
    expect(policyVersion.length).toBeLessThanOrEqual(20);
  });

  it('records every reading but that of a published card', () => {
    expect(recordClasses.filter((one) => !needsAccessRecord(one))).toEqual(['designation_card']);
  });
});

describe('roles', () => {
  it('have purposes of their own, and no other', () => {
    for (const role of roles) for (const purpose of purposesOf[role]) expect(purposeAllowed(role, purpose)).toBe(true);
    expect(purposeAllowed('auditor', 'handle_case')).toBe(false);
    expect(purposeAllowed('employer', 'nonsense')).toBe(false);
  });
  it('separate staff from those known per record', () => {
    expect(staffRoles).toHaveLength(10);
    expect(roles.filter((role) => !isStaffRole(role))).toEqual(['worker', 'anonymous_worker', 'participant']);
  });
});

describe('docs/access-matrix.md', () => {
  it('is what the policy says (UPDATE=1 writes it)', () => {
    const file = new URL('../../../docs/access-matrix.md', import.meta.url);
    if (process.env['UPDATE'] === '1') writeFileSync(file, accessMatrixMarkdown());
    expect(readFileSync(file, 'utf8')).toBe(accessMatrixMarkdown());
  });
});
