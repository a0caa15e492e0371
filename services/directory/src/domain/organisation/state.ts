import type { EventOf } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type {
  AdviserPlacement,
  ConsultationBody,
  DocumentLanguage,
  FiguresSetting,
  LanguageRegime,
  organisationEvents,
  OrganisationKind,
  RequestedBy,
  Weekday,
  SuccessionKind,
} from './events.js';

export type OrganisationEvent = EventOf<typeof organisationEvents>;

export type Site = {
  readonly siteId: string;
  readonly name: string;
  readonly place: string;
  readonly regime: LanguageRegime;
  readonly languages: readonly DocumentLanguage[];
  readonly closedOn?: LocalDate;
};

/** Half-open hours of the clock. They end on the next day where they end before they begin: from 22 until 6. */
export type WorkingHours = {
  readonly zone: string;
  readonly from: number;
  readonly until: number;
  readonly days: readonly Weekday[];
};
export const endsNextDay = ({ from, until }: Pick<WorkingHours, 'from' | 'until'>): boolean => until < from;
/** Under this key stand the hours of the organisation itself: no site has an empty id. */
export const WHOLE_ORGANISATION = '';

export type Related = { readonly organisation: string; readonly kind: SuccessionKind; readonly on: LocalDate };

export type RegisteredOrganisation = {
  readonly status: 'registered';
  readonly kind: OrganisationKind;
  readonly legalName: string;
  readonly regime: LanguageRegime;
  readonly sites: Readonly<Record<string, Site>>;
  /** In the order of the dates they were counted on. */
  readonly counts: readonly { readonly workers: number; readonly countedOn: LocalDate }[];
  readonly predecessors: readonly Related[];
  readonly successors: readonly Related[];
  readonly body?: { readonly body: ConsultationBody; readonly from: LocalDate };
  readonly adviser?: { readonly placement: AdviserPlacement; readonly service?: string | undefined };
  readonly askedFor?: { readonly by: RequestedBy; readonly on: LocalDate };
  /** Whether a written exchange counts as the hearing within ten days: a legal setting, off by default. */
  readonly writtenMessagesCount: boolean;
  /** What the organisation set of its released figures; the law data says the rest. */
  readonly figures: { readonly smallCellThreshold?: number; readonly smallestReleaseMonths?: number };
  /** By site; see `WHOLE_ORGANISATION`. */
  readonly workingHours: Readonly<Record<string, WorkingHours>>;
  readonly issuers: readonly string[];
};

export type OrganisationState = { readonly status: 'none' } | RegisteredOrganisation;

export const initialOrganisation: OrganisationState = { status: 'none' };

/** The head count that was last established by a date; undefined when none was. */
export const workersAt = (state: RegisteredOrganisation, date: LocalDate): number | undefined =>
  state.counts.findLast((count) => count.countedOn <= date)?.workers;

export const openSites = (state: RegisteredOrganisation): readonly Site[] =>
  Object.values(state.sites).filter((site) => site.closedOn === undefined);

/** The name that a setting has among the law's (`lawOverridesSchema`). */
export const figuresOverrideOf = (setting: FiguresSetting): 'smallCellThreshold' | 'smallestReleaseMonths' => {
  switch (setting) {
    case 'small_cell_threshold':
      return 'smallCellThreshold';
    case 'smallest_release_months':
      return 'smallestReleaseMonths';
    default:
      return assertNever(setting);
  }
};

export const evolveOrganisation = (state: OrganisationState, event: OrganisationEvent): OrganisationState => {
  if (event.type === 'OrganisationRegistered') {
    if (state.status !== 'none') throw new InvariantBroken('an organisation is registered once');
    return {
      status: 'registered',
      ...event.data,
      sites: {},
      counts: [],
      predecessors: [],
      successors: [],
      writtenMessagesCount: false,
      figures: {},
      workingHours: {},
      issuers: [],
    };
  }
  if (state.status === 'none') throw new InvariantBroken(`${event.type} before OrganisationRegistered`);
  switch (event.type) {
    case 'OrganisationRenamed':
      return { ...state, legalName: event.data.legalName };
    case 'WorkersCounted':
      return {
        ...state,
        counts: [...state.counts.filter((count) => count.countedOn !== event.data.countedOn), event.data].toSorted(
          (a, b) => (a.countedOn < b.countedOn ? -1 : 1),
        ),
      };
    case 'SiteOpened':
    case 'SiteChanged':
      return { ...state, sites: { ...state.sites, [event.data.siteId]: event.data } };
    case 'SiteClosed': {
      const site = state.sites[event.data.siteId];
      if (site === undefined) throw new InvariantBroken('a site is opened before it is closed');
      return { ...state, sites: { ...state.sites, [site.siteId]: { ...site, closedOn: event.data.on } } };
    }
    case 'PredecessorRecorded': {
      const { predecessor, kind, on } = event.data;
      return { ...state, predecessors: [...state.predecessors, { organisation: predecessor, kind, on }] };
    }
    case 'SuccessorRecorded': {
      const { successor, kind, on } = event.data;
      return { ...state, successors: [...state.successors, { organisation: successor, kind, on }] };
    }
    case 'ConsultationBodyRecorded':
      return { ...state, body: event.data };
    case 'PreventionAdviserArranged':
      return { ...state, adviser: event.data };
    case 'CounsellorAskedFor':
      return { ...state, askedFor: event.data };
    case 'OrganisationSettingChanged':
      switch (event.data.setting) {
        case 'written_messages_count':
          return { ...state, writtenMessagesCount: event.data.value };
        default:
          return assertNever(event.data.setting);
      }
    case 'FiguresSettingChanged':
      return { ...state, figures: { ...state.figures, [figuresOverrideOf(event.data.setting)]: event.data.value } };
    case 'WorkingHoursSet': {
      const { siteId = WHOLE_ORGANISATION, ...hours } = event.data;
      return { ...state, workingHours: { ...state.workingHours, [siteId]: hours } };
    }
    case 'IdentityIssuerAccepted':
      return { ...state, issuers: [...state.issuers, event.data.issuer] };
    case 'IdentityIssuerDropped':
      return { ...state, issuers: state.issuers.filter((issuer) => issuer !== event.data.issuer) };
    default:
      return assertNever(event);
  }
};
