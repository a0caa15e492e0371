import type { Role } from '@toeverlaat/access';
import type { Language } from '@toeverlaat/contracts';
import type { LanguageRegime } from '@toeverlaat/legal';
import { organisationId, type OrganisationId } from '@toeverlaat/values';
import type { DemoPerson } from '../demo-idp/index.js';

export type DemoSite = {
  readonly siteId: string;
  readonly name: string;
  readonly place: string;
  readonly regime: LanguageRegime;
  readonly languages: readonly ('nl' | 'fr' | 'de')[];
};

/** Granted by the administrator; counsellor and participant come of a designation and of a case. */
export type GrantedRole = Exclude<Role, 'anonymous_worker' | 'participant' | 'counsellor' | 'worker'>;

export type Member = {
  readonly person: string;
  readonly name: string;
  readonly site: string;
  readonly languages: readonly Language[];
  readonly roles?: readonly GrantedRole[];
  /** Sites of a designation as counsellor from the start. */
  readonly counsellorAt?: readonly string[];
};

export type DemoOrganisation = {
  readonly id: OrganisationId;
  readonly kind: 'employer' | 'external_service';
  readonly legalName: string;
  readonly regime: LanguageRegime;
  readonly workers: number;
  /** The first is where the organisation has its seat. */
  readonly sites: readonly [DemoSite, ...DemoSite[]];
  /** The first is the administrator. */
  readonly members: readonly [Member, ...Member[]];
  /** For a client: the external service, and whom of it acts here as what. */
  readonly provider?: {
    readonly id: OrganisationId;
    readonly mandates: readonly { readonly person: string; readonly role: 'counsellor' | 'prevention_adviser' }[];
  };
};

const ghent = (name: string): DemoSite => ({
  siteId: 'ghent',
  name,
  place: 'Gent',
  regime: 'dutch',
  languages: ['nl'],
});
const liege = (name: string): DemoSite => ({
  siteId: 'liege',
  name,
  place: 'Liège',
  regime: 'french',
  languages: ['fr'],
});
const eupen = (name: string): DemoSite => ({
  siteId: 'eupen',
  name,
  place: 'Eupen',
  regime: 'german',
  languages: ['de'],
});
const brussels = (name: string): DemoSite => ({
  siteId: 'brussels',
  name,
  place: 'Brussel/Bruxelles',
  regime: 'brussels',
  languages: ['nl', 'fr'],
});

type Surnames = Readonly<Record<string, string>>;

/** The same first names and ids in both organisations, on purpose: only the organisation tells two people apart. */
const roster = (surname: Surnames, operator: boolean): readonly [Member, ...Member[]] => {
  const at = (
    person: string,
    site: string,
    languages: readonly Language[],
    more: Pick<Member, 'roles' | 'counsellorAt'> = {},
  ): Member => ({
    person,
    name: `${person.charAt(0).toUpperCase()}${person.slice(1)} ${surname[person] ?? ''}`.trim(),
    site,
    languages,
    ...more,
  });
  return [
    at('olga', 'ghent', ['nl', 'en'], { roles: operator ? ['platform_operator', 'administrator'] : ['administrator'] }),
    at('ann', 'ghent', ['nl', 'fr'], { roles: ['administrator'] }),
    at('lies', 'ghent', ['nl', 'fr', 'en'], { counsellorAt: ['ghent', 'brussels'] }),
    at('marc', 'ghent', ['nl', 'fr'], { counsellorAt: ['ghent'] }),
    at('sophie', 'liege', ['fr', 'de'], { counsellorAt: ['liege', 'eupen'] }),
    at('greta', 'eupen', ['de', 'fr'], { counsellorAt: ['eupen'] }),
    at('luc', 'ghent', ['nl', 'fr']),
    at('eva', 'brussels', ['nl', 'fr', 'de'], { roles: ['prevention_adviser'] }),
    at('hugo', 'ghent', ['nl', 'fr'], { roles: ['head_internal_service'] }),
    at('karel', 'ghent', ['nl', 'fr'], { roles: ['employer'] }),
    at('carla', 'ghent', ['nl'], { roles: ['committee_member'] }),
    at('rik', 'ghent', ['nl'], { roles: ['records_manager'] }),
    at('dora', 'brussels', ['nl', 'fr'], { roles: ['data_protection_officer'] }),
    at('aude', 'brussels', ['fr', 'nl'], { roles: ['auditor'] }),
    at('pieter', 'ghent', ['nl']),
    at('bert', 'ghent', ['nl']),
    at('nora', 'eupen', ['de']),
    at('jean', 'liege', ['fr']),
    at('isabelle', 'liege', ['fr']),
    at('yasmine', 'brussels', ['fr', 'nl']),
    at('dirk', 'brussels', ['nl', 'fr']),
    at('tom', 'ghent', ['nl']),
    at('fatima', 'ghent', ['nl', 'fr']),
    at('joris', 'ghent', ['nl']),
  ];
};

/** A client has what scenario 9 needs; its counsellor and its adviser come from the external service. */
const clientRoster = (site: string, language: Language, surnames: Surnames): readonly [Member, ...Member[]] => {
  const at = (person: string, roles?: readonly GrantedRole[]): Member => ({
    person,
    name: `${person.charAt(0).toUpperCase()}${person.slice(1)} ${surnames[person] ?? ''}`.trim(),
    site,
    languages: [language],
    ...(roles === undefined ? {} : { roles }),
  });
  return [
    at('ann', ['administrator']),
    at('karel', ['employer']),
    at('carla', ['committee_member']),
    at('aude', ['auditor']),
    at('dora', ['data_protection_officer']),
    at('pieter'),
    at('nora'),
  ];
};

export const gentia = organisationId('gentia');
export const zorgnet = organisationId('zorgnet');
export const broodhuis = organisationId('broodhuis');
export const filature = organisationId('filature');
export const holzwerk = organisationId('holzwerk');

/** A multi-site employer with its own counsellors, an external service with the same ids, and three of its clients. */
export const demoOrganisations: readonly [DemoOrganisation, ...DemoOrganisation[]] = [
  {
    id: gentia,
    kind: 'employer',
    legalName: 'Gentia NV',
    regime: 'dutch',
    workers: 640,
    sites: [ghent('Hoofdzetel Gent'), liege('Siège de Liège'), eupen('Werk Eupen'), brussels('Kantoor Brussel')],
    members: roster(
      {
        olga: 'Peeters',
        ann: 'De Smet',
        lies: 'Verhaeghe',
        marc: 'Van Damme',
        sophie: 'Lambert',
        greta: 'Schmitz',
        luc: 'Goossens',
        eva: 'Claessens',
        hugo: 'Baert',
        karel: 'Vandenberghe',
        carla: 'Wouters',
        rik: 'Maes',
        dora: 'Dupont',
        aude: 'Renard',
        pieter: 'Claes',
        bert: 'Aerts',
        nora: 'Pauels',
        jean: 'Collard',
        isabelle: 'Noël',
        yasmine: 'El Amrani',
        dirk: 'Michiels',
        tom: 'Willems',
        fatima: 'Benali',
        joris: 'Hendrickx',
      },
      true,
    ),
  },
  {
    id: zorgnet,
    kind: 'external_service',
    legalName: 'Zorgnet VZW',
    regime: 'dutch',
    workers: 210,
    sites: [ghent('Zorgnet Gent'), liege('Zorgnet Liège'), eupen('Zorgnet Eupen'), brussels('Zorgnet Brussel')],
    members: roster(
      {
        olga: 'Janssens',
        ann: 'Mertens',
        lies: 'Jacobs',
        marc: 'De Clercq',
        sophie: 'Dubois',
        greta: 'Heinen',
        luc: 'Thijs',
        eva: 'Martens',
        hugo: 'Pauwels',
        karel: 'De Vos',
        carla: 'Smets',
        rik: 'Cools',
        dora: 'Lejeune',
        aude: 'Petit',
        pieter: 'Maes',
        bert: 'Stevens',
        nora: 'Kohnen',
        jean: 'Servais',
        isabelle: 'Gillet',
        yasmine: 'Bouzidi',
        dirk: 'Lemmens',
        tom: 'Desmet',
        fatima: 'Haddad',
        joris: 'Vermeulen',
      },
      false,
    ),
  },
  {
    id: broodhuis,
    kind: 'employer',
    legalName: 'Het Broodhuis BV',
    regime: 'dutch',
    workers: 18,
    sites: [ghent('Bakkerij Gent')],
    members: clientRoster('ghent', 'nl', {
      ann: 'Bakker',
      karel: 'Broeckaert',
      carla: 'De Wilde',
      aude: 'Simons',
      dora: 'Wauters',
      pieter: 'Lauwers',
      nora: 'Ceulemans',
    }),
    provider: {
      id: zorgnet,
      mandates: [
        { person: 'lies', role: 'counsellor' },
        { person: 'eva', role: 'prevention_adviser' },
      ],
    },
  },
  {
    id: filature,
    kind: 'employer',
    legalName: 'Filature de la Vesdre SA',
    regime: 'french',
    workers: 19,
    sites: [liege('Atelier de Liège')],
    members: clientRoster('liege', 'fr', {
      ann: 'Fontaine',
      karel: 'Delvaux',
      carla: 'Henrard',
      aude: 'Marchal',
      dora: 'Delvaux',
      pieter: 'Leroy',
      nora: 'Simonis',
    }),
    provider: {
      id: zorgnet,
      mandates: [
        { person: 'sophie', role: 'counsellor' },
        // Acts for this client alone: who tries another one finds nothing (scenario 9).
        { person: 'marc', role: 'prevention_adviser' },
      ],
    },
  },
  {
    id: holzwerk,
    kind: 'employer',
    legalName: 'Holzwerk Eupen GmbH',
    regime: 'german',
    workers: 17,
    sites: [eupen('Sägewerk Eupen')],
    members: clientRoster('eupen', 'de', {
      ann: 'Müller',
      karel: 'Hansen',
      carla: 'Schroeder',
      aude: 'Weber',
      dora: 'Krings',
      pieter: 'Keller',
      nora: 'Braun',
    }),
    provider: {
      id: zorgnet,
      mandates: [
        { person: 'greta', role: 'counsellor' },
        { person: 'eva', role: 'prevention_adviser' },
      ],
    },
  },
];

/** The two that share every id. */
export const twins = [gentia, zorgnet] as const;

export const subjectOf = (person: string, organisation: OrganisationId): string => `${person}@${organisation}`;

const roleWords: Readonly<Record<GrantedRole | 'counsellor' | 'worker', string>> = {
  worker: 'worker',
  counsellor: 'confidential counsellor',
  prevention_adviser: 'prevention adviser',
  head_internal_service: 'head of the internal service',
  employer: 'employer',
  committee_member: 'committee member',
  administrator: 'administrator',
  records_manager: 'records manager',
  data_protection_officer: 'data protection officer',
  auditor: 'auditor',
  platform_operator: 'platform operator',
};

const partOf: Readonly<Record<string, string>> = {
  pieter: 'heard (scenario 1)',
  nora: 'not heard in time (scenario 2)',
  jean: 'asks for reconciliation (scenario 3)',
  isabelle: 'takes part in it (scenario 3)',
  yasmine: 'asks for a talk with the boss (scenario 4)',
  dirk: 'the boss (scenario 4)',
  tom: 'goes to the prevention adviser (scenario 5)',
  fatima: 'goes on with the successor (scenario 8)',
  joris: 'chooses another counsellor (scenario 8)',
  luc: 'becomes counsellor after Marc (scenario 8)',
};

const labelOfMember = (organisation: DemoOrganisation, member: Member): string => {
  const titles = [...(member.roles ?? []), ...(member.counsellorAt === undefined ? [] : (['counsellor'] as const))].map(
    (role) => roleWords[role],
  );
  const part = organisation.provider === undefined ? partOf[member.person] : undefined;
  const what = titles.length > 0 ? titles.join(', ') : 'worker';
  const site = organisation.sites.find(({ siteId }) => siteId === member.site)?.place ?? '';
  return `${member.name}: ${what}${part === undefined ? '' : `, ${part}`} (${organisation.legalName}, ${site})`;
};

/** Everybody the demonstration's identity provider knows. */
export const demoPeople: readonly DemoPerson[] = demoOrganisations.flatMap((organisation) =>
  organisation.members.map((member) => ({
    name: subjectOf(member.person, organisation.id),
    label: labelOfMember(organisation, member),
  })),
);

export const organisationNamed = (id: OrganisationId): DemoOrganisation => {
  const found = demoOrganisations.find((one) => one.id === id);
  if (found === undefined) throw new RangeError(`no demonstration organisation ${id}`);
  return found;
};
