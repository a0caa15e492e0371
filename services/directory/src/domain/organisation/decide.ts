import { accept, reject, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { lawOverridesSchema } from '@toeverlaat/legal';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { NOT_FOUND, refuseRule } from '../common.js';
import type {
  AdviserPlacement,
  ConsultationBody,
  DocumentLanguage,
  FiguresSetting,
  LanguageRegime,
  OrganisationKind,
  OrganisationSetting,
  RequestedBy,
  SuccessionKind,
} from './events.js';
import {
  endsNextDay,
  evolveOrganisation,
  figuresOverrideOf,
  initialOrganisation,
  openSites,
  type OrganisationEvent,
  type OrganisationState,
  type RegisteredOrganisation,
  type Related,
  type Site,
  type WorkingHours,
  WHOLE_ORGANISATION,
} from './state.js';

type SiteData = {
  readonly siteId: string;
  readonly name: string;
  readonly place: string;
  readonly regime: LanguageRegime;
  readonly languages: readonly DocumentLanguage[];
};

export type OrganisationCommand =
  | Command<
      'RegisterOrganisation',
      { readonly kind: OrganisationKind; readonly legalName: string; readonly regime: LanguageRegime }
    >
  | Command<'RenameOrganisation', { readonly legalName: string }>
  | Command<'RecordWorkers', { readonly workers: number; readonly countedOn: LocalDate }>
  | Command<'OpenSite', SiteData>
  | Command<'ChangeSite', SiteData>
  | Command<'CloseSite', { readonly siteId: string; readonly on: LocalDate }>
  | Command<
      'RecordPredecessor',
      { readonly organisation: string; readonly kind: SuccessionKind; readonly on: LocalDate }
    >
  | Command<'RecordSuccessor', { readonly organisation: string; readonly kind: SuccessionKind; readonly on: LocalDate }>
  | Command<'RecordConsultationBody', { readonly body: ConsultationBody; readonly from: LocalDate }>
  | Command<'ArrangePreventionAdviser', { readonly placement: AdviserPlacement; readonly service?: string | undefined }>
  | Command<'RecordCounsellorAskedFor', { readonly by: RequestedBy; readonly on: LocalDate }>
  | Command<'ChangeSetting', { readonly setting: OrganisationSetting; readonly value: boolean }>
  | Command<'ChangeFiguresSetting', { readonly setting: FiguresSetting; readonly value: number }>
  | Command<'SetWorkingHours', WorkingHours & { readonly siteId?: string | undefined }>
  | Command<'AcceptIssuer', { readonly issuer: string }>
  | Command<'DropIssuer', { readonly issuer: string }>;

const sameSite = (site: Site, data: SiteData): boolean =>
  site.name === data.name &&
  site.place === data.place &&
  site.regime === data.regime &&
  site.languages.join() === data.languages.join();

const knows = (list: readonly Related[], related: Related): boolean =>
  list.some((one) => one.organisation === related.organisation && one.kind === related.kind && one.on === related.on);

const settingOf = (state: RegisteredOrganisation, setting: OrganisationSetting): boolean => {
  switch (setting) {
    case 'written_messages_count':
      return state.writtenMessagesCount;
    default:
      return assertNever(setting);
  }
};

/** Longer than this nothing would be outside of them, and nobody looked at (ADR 75). */
const LONGEST_HOURS = 16;
const HOURS_OF_DAY = 24;

const sameHours = (one: WorkingHours | undefined, other: WorkingHours): boolean =>
  one !== undefined &&
  one.zone === other.zone &&
  one.from === other.from &&
  one.until === other.until &&
  one.days.toSorted().join() === other.days.toSorted().join();

const decide = (command: OrganisationCommand, state: OrganisationState): Decision<OrganisationEvent> => {
  if (command.type === 'RegisterOrganisation')
    return state.status === 'none'
      ? accept({ type: 'OrganisationRegistered', data: command.data })
      : refuseRule('organisation_exists');
  if (state.status === 'none') return NOT_FOUND;
  const { today, organisation } = command.meta;
  switch (command.type) {
    case 'RenameOrganisation':
      return command.data.legalName === state.legalName
        ? accept()
        : accept({ type: 'OrganisationRenamed', data: command.data });
    case 'RecordWorkers': {
      const { workers, countedOn } = command.data;
      if (countedOn > today) return refuseRule('date_in_future', undefined, { field: 'countedOn' });
      return state.counts.some((count) => count.countedOn === countedOn && count.workers === workers)
        ? accept()
        : accept({ type: 'WorkersCounted', data: command.data });
    }
    case 'OpenSite': {
      const site = state.sites[command.data.siteId];
      if (site === undefined) return accept({ type: 'SiteOpened', data: command.data });
      return site.closedOn === undefined && sameSite(site, command.data) ? accept() : refuseRule('site_exists');
    }
    case 'ChangeSite': {
      const site = state.sites[command.data.siteId];
      if (site === undefined) return NOT_FOUND;
      if (site.closedOn !== undefined) return refuseRule('site_closed');
      return sameSite(site, command.data) ? accept() : accept({ type: 'SiteChanged', data: command.data });
    }
    case 'CloseSite': {
      const site = state.sites[command.data.siteId];
      if (site === undefined) return NOT_FOUND;
      if (site.closedOn === command.data.on) return accept();
      if (site.closedOn !== undefined) return refuseRule('site_closed');
      if (command.data.on > today) return refuseRule('date_in_future', undefined, { field: 'on' });
      return accept({ type: 'SiteClosed', data: command.data });
    }
    case 'RecordPredecessor': {
      const { organisation: predecessor, kind, on } = command.data;
      if (predecessor === organisation) return refuseRule('related_to_itself');
      return knows(state.predecessors, command.data)
        ? accept()
        : accept({ type: 'PredecessorRecorded', data: { predecessor, kind, on } });
    }
    case 'RecordSuccessor': {
      const { organisation: successor, kind, on } = command.data;
      if (successor === organisation) return refuseRule('related_to_itself');
      return knows(state.successors, command.data)
        ? accept()
        : accept({ type: 'SuccessorRecorded', data: { successor, kind, on } });
    }
    case 'RecordConsultationBody':
      if (command.data.from > today) return refuseRule('date_in_future', undefined, { field: 'from' });
      return state.body?.body === command.data.body && state.body.from === command.data.from
        ? accept()
        : accept({ type: 'ConsultationBodyRecorded', data: command.data });
    case 'ArrangePreventionAdviser':
      if (command.data.service === organisation) return refuseRule('related_to_itself');
      return state.adviser?.placement === command.data.placement && state.adviser.service === command.data.service
        ? accept()
        : accept({ type: 'PreventionAdviserArranged', data: command.data });
    case 'RecordCounsellorAskedFor':
      if (command.data.on > today) return refuseRule('date_in_future', undefined, { field: 'on' });
      return state.askedFor?.by === command.data.by && state.askedFor.on === command.data.on
        ? accept()
        : accept({ type: 'CounsellorAskedFor', data: command.data });
    case 'ChangeSetting':
      return settingOf(state, command.data.setting) === command.data.value
        ? accept()
        : accept({ type: 'OrganisationSettingChanged', data: command.data });
    case 'ChangeFiguresSetting': {
      const { setting, value } = command.data;
      const override = figuresOverrideOf(setting);
      const [wrong] = lawOverridesSchema.safeParse({ [override]: value }).error?.issues ?? [];
      if (wrong !== undefined) return reject({ kind: 'InvalidInput', field: 'value', rule: wrong.code });
      return state.figures[override] === value
        ? accept()
        : accept({ type: 'FiguresSettingChanged', data: command.data });
    }
    case 'SetWorkingHours': {
      const { siteId, ...hours } = command.data;
      const wrong = (field: string, rule: string, params = {}) => reject({ kind: 'InvalidInput', field, rule, params });
      if (hours.until === hours.from) return wrong('until', 'no_hours');
      const length = hours.until - hours.from + (endsNextDay(hours) ? HOURS_OF_DAY : 0);
      if (length > LONGEST_HOURS) return wrong('until', 'too_many_hours', { limit: LONGEST_HOURS });
      if (new Set(hours.days).size !== hours.days.length) return wrong('days', 'not_unique');
      if (siteId !== undefined && openSites(state).every((site) => site.siteId !== siteId))
        return wrong('siteId', 'unknown');
      return sameHours(state.workingHours[siteId ?? WHOLE_ORGANISATION], hours)
        ? accept()
        : accept({ type: 'WorkingHoursSet', data: command.data });
    }
    case 'AcceptIssuer':
      return state.issuers.includes(command.data.issuer)
        ? accept()
        : accept({ type: 'IdentityIssuerAccepted', data: command.data });
    case 'DropIssuer':
      return state.issuers.includes(command.data.issuer)
        ? accept({ type: 'IdentityIssuerDropped', data: command.data })
        : accept();
    default:
      return assertNever(command);
  }
};

export const organisationDecider: Decider<OrganisationCommand, OrganisationEvent, OrganisationState> = {
  initial: initialOrganisation,
  decide,
  evolve: evolveOrganisation,
};
