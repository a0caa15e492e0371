import { nodeHasher, nodeSha256, verifyTlogProof } from '@toeverlaat/merkle';
import { Found } from './findings.js';
import { isObject, isText, parsed } from './folder.js';
import { recordAt } from './record.js';
import { verifiersOf } from './seals.js';
import type { Language } from './sentences.js';

/*
 * What the company got of an organisation that left its host: what it had been told, event by event as stored, each with its proof.
 * Nothing in it is believed; it holds no key, and nothing that is sealed. The register of facts by third parties is a file beside it,
 * sealed for a key of the company's own: what was recorded when it was handed over says its hash, so that it need not be opened.
 */

export const COMPANY_FORMAT = 'toeverlaat-company/1';

export type CompanyFault =
  | 'company_malformed'
  | 'company_key_unknown'
  | 'company_of_another_organisation'
  | 'company_data_differ'
  | 'company_proof_false'
  | 'company_register_missing'
  | 'company_register_differs'
  | 'company_register_unproved';

/** SHA-256 of the public key that the register beside it is sealed for; none, where none was handed over. */
export type RegisterVerdict = { readonly sealedFor: string } | null;

export type CompanyVerdict =
  | {
      readonly ok: true;
      readonly organisation: string;
      readonly events: number;
      readonly keyKnown: boolean;
      readonly register: RegisterVerdict;
    }
  | { readonly ok: false; readonly code: CompanyFault; readonly eventId?: string };

type Json = Readonly<Record<string, unknown>>;

class Wrong extends Error {
  constructor(
    readonly code: CompanyFault,
    readonly eventId?: string,
  ) {
    super(code);
  }
}

/** Equal whatever the order of members. */
const same = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, at) => same(one, b[at]));
  if (isObject(a) && isObject(b))
    return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((name) => same(a[name], b[name]));
  return a === b;
};

const checkEvent = async (event: Json, organisation: string, keys: readonly string[] | undefined): Promise<void> => {
  const { eventId, type, data, record, proof, origin, signers } = event;
  if (!isText(eventId)) throw new Wrong('company_malformed');
  const wrong = (code: CompanyFault): Wrong => new Wrong(code, eventId);
  if (!isText(type) || !isText(record) || !isText(proof) || !isText(origin) || !Array.isArray(signers))
    throw wrong('company_malformed');
  const named = signers.filter(isText);
  if (named.length !== signers.length) throw wrong('company_malformed');
  if (!origin.endsWith(`/${organisation}`)) throw wrong('company_of_another_organisation');
  if (keys !== undefined && !named.every((key) => keys.includes(key))) throw wrong('company_key_unknown');
  const bytes = Buffer.from(record, 'base64');
  const stored = recordAt(bytes, 0, bytes.length);
  if (stored === undefined) throw wrong('company_malformed');
  const metadata = parsed(bytes.toString('utf8', stored.metadataFrom, stored.metadataTo));
  const held = parsed(bytes.toString('utf8', stored.dataFrom, stored.dataTo));
  if (!isObject(metadata) || metadata['eventId'] !== eventId || metadata['type'] !== type)
    throw wrong('company_data_differ');
  if (metadata['organisation'] !== organisation) throw wrong('company_of_another_organisation');
  // What is read must be what is proved.
  if (!same(held, data)) throw wrong('company_data_differ');
  let verifiers;
  try {
    verifiers = verifiersOf(named);
  } catch (error) {
    if (error instanceof Found) throw wrong('company_key_unknown');
    throw error;
  }
  const proved = await verifyTlogProof(nodeHasher, proof, { leaf: nodeSha256(bytes), origin, verifiers });
  if (!proved.ok) throw wrong(proved.error === 'no_known_signer' ? 'company_key_unknown' : 'company_proof_false');
};

const HANDED = 'records.RegisterHandedOver.v1';
const REGISTER_FORMAT = 'toeverlaat-register/1';

/** That the register beside it is the file that was handed over last, for the key that was named. */
const checkRegister = (
  events: readonly Json[],
  organisation: string,
  bytes: Uint8Array | undefined,
): RegisterVerdict => {
  const handed = events.findLast(({ type }) => type === HANDED);
  if (handed === undefined) {
    if (bytes !== undefined) throw new Wrong('company_register_unproved');
    return null;
  }
  const eventId = isText(handed['eventId']) ? handed['eventId'] : undefined;
  if (bytes === undefined) throw new Wrong('company_register_missing', eventId);
  const data = handed['data'];
  const file = parsed(Buffer.from(bytes).toString('utf8'));
  const holds =
    isObject(data) &&
    data['fileHash'] === Buffer.from(nodeSha256(bytes)).toString('hex') &&
    isObject(file) &&
    file['format'] === REGISTER_FORMAT &&
    file['organisation'] === organisation &&
    file['departureId'] === data['departureId'] &&
    file['key'] === data['key'];
  if (!holds || !isText(data['key'])) throw new Wrong('company_register_differs', eventId);
  return { sealedFor: data['key'] };
};

/**
 * Checks it offline.
 * @param options keys that one trusts for the organisation's log, and the file of the register beside it, where there is one
 */
export const verifyCompany = async (
  text: string,
  { keys, register }: { readonly keys?: readonly string[]; readonly register?: Uint8Array } = {},
): Promise<CompanyVerdict> => {
  const value = parsed(text);
  if (!isObject(value) || value['format'] !== COMPANY_FORMAT) return { ok: false, code: 'company_malformed' };
  const { organisation, events } = value;
  if (!isText(organisation) || !Array.isArray(events)) return { ok: false, code: 'company_malformed' };
  let sealedFor: RegisterVerdict;
  try {
    const checked: Json[] = [];
    for (const event of events as readonly unknown[]) {
      if (!isObject(event)) throw new Wrong('company_malformed');
      await checkEvent(event, organisation, keys);
      checked.push(event);
    }
    sealedFor = checkRegister(checked, organisation, register);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { ok: false, code: error.code, ...(error.eventId === undefined ? {} : { eventId: error.eventId }) };
  }
  return { ok: true, organisation, events: events.length, keyKnown: keys !== undefined, register: sealedFor };
};

type Texts = Readonly<Record<Language, string>>;
const FAULTS: Readonly<Record<CompanyFault, Texts>> = {
  company_malformed: {
    en: 'This is no export for the company, or a part of it is missing. {event}',
    nl: 'Dit is geen uitvoer voor het bedrijf, of een deel ervan ontbreekt. {event}',
    fr: 'Ceci n’est pas une exportation pour l’entreprise, ou une partie manque. {event}',
    de: 'Dies ist kein Export für den Betrieb, oder ein Teil fehlt. {event}',
  },
  company_key_unknown: {
    en: 'The proofs are signed with another key than the one that is trusted. {event}',
    nl: 'De bewijzen zijn ondertekend met een andere sleutel dan de vertrouwde. {event}',
    fr: 'Les preuves sont signées avec une autre clé que celle qui est de confiance. {event}',
    de: 'Die Nachweise sind mit einem anderen Schlüssel signiert als dem vertrauten. {event}',
  },
  company_of_another_organisation: {
    en: 'Something in it is of another organisation. {event}',
    nl: 'Iets erin is van een andere organisatie. {event}',
    fr: 'Un élément est d’une autre organisation. {event}',
    de: 'Etwas darin gehört zu einer anderen Organisation. {event}',
  },
  company_data_differ: {
    en: 'What is read here is not what was recorded. {event}',
    nl: 'Wat hier staat, is niet wat werd vastgelegd. {event}',
    fr: 'Ce qui se lit ici n’est pas ce qui a été enregistré. {event}',
    de: 'Was hier steht, ist nicht, was aufgezeichnet wurde. {event}',
  },
  company_proof_false: {
    en: 'An event is not in the signed tree as it stands here: it was changed, or never recorded. {event}',
    nl: 'Een gebeurtenis staat niet zo in de ondertekende boom: ze werd gewijzigd of nooit vastgelegd. {event}',
    fr: 'Un événement ne figure pas tel quel dans l’arbre signé : il a été modifié ou jamais enregistré. {event}',
    de: 'Ein Ereignis steht nicht so im signierten Baum: Es wurde geändert oder nie aufgezeichnet. {event}',
  },
  company_register_missing: {
    en: 'A register of facts by third parties was handed over, and its file is not beside this one. {event}',
    nl: 'Er werd een register van feiten van derden overgedragen, en het bestand ligt hier niet naast. {event}',
    fr: 'Un registre de faits de tiers a été transféré, et son fichier n’est pas à côté de celui-ci. {event}',
    de: 'Ein Register der Taten Dritter wurde übergeben, und seine Datei liegt nicht neben dieser. {event}',
  },
  company_register_differs: {
    en: 'The register beside this file is not the one that was handed over. {event}',
    nl: 'Het register naast dit bestand is niet het register dat werd overgedragen. {event}',
    fr: 'Le registre qui accompagne ce fichier n’est pas celui qui a été transféré. {event}',
    de: 'Das Register neben dieser Datei ist nicht das, das übergeben wurde. {event}',
  },
  company_register_unproved: {
    en: 'There is a register beside this file, and nothing here says that one was handed over. {event}',
    nl: 'Naast dit bestand ligt een register, en niets hier zegt dat er een werd overgedragen. {event}',
    fr: 'Un registre accompagne ce fichier, et rien ici ne dit qu’il en a été transféré un. {event}',
    de: 'Neben dieser Datei liegt ein Register, und nichts hier sagt, dass eines übergeben wurde. {event}',
  },
};
const REGISTER: Texts = {
  en: 'The register of facts by third parties beside it is the file that was handed over, sealed for the key {key}. What is in it is seen only with that key.',
  nl: 'Het register van feiten van derden ernaast is het bestand dat werd overgedragen, verzegeld voor de sleutel {key}. Wat erin staat, is alleen met die sleutel te zien.',
  fr: 'Le registre de faits de tiers qui l’accompagne est le fichier qui a été transféré, scellé pour la clé {key}. Son contenu ne se voit qu’avec cette clé.',
  de: 'Das Register der Taten Dritter daneben ist die Datei, die übergeben wurde, versiegelt für den Schlüssel {key}. Was darin steht, ist nur mit diesem Schlüssel zu sehen.',
};
const NO_REGISTER: Texts = {
  en: 'No register of facts by third parties was handed over as a file.',
  nl: 'Er werd geen register van feiten van derden als bestand overgedragen.',
  fr: 'Aucun registre de faits de tiers n’a été transféré comme fichier.',
  de: 'Es wurde kein Register der Taten Dritter als Datei übergeben.',
};
const HOLDS: Texts = {
  en: '{events} things that the company was told are in the signed tree of {organisation} as they stand here. That there were no others cannot be seen from this file.',
  nl: '{events} zaken die het bedrijf werden meegedeeld, staan zo in de ondertekende boom van {organisation}. Dat er geen andere waren, is uit dit bestand niet te zien.',
  fr: '{events} éléments communiqués à l’entreprise figurent tels quels dans l’arbre signé de {organisation}. Qu’il n’y en eut pas d’autres ne se voit pas dans ce fichier.',
  de: '{events} Mitteilungen an den Betrieb stehen so im signierten Baum von {organisation}. Dass es keine anderen gab, ist aus dieser Datei nicht zu sehen.',
};
const KEY_TAKEN: Texts = {
  en: 'You gave no key, so those in the file were taken: compare them with the one your organisation was given.',
  nl: 'U gaf geen sleutel op, dus werden die uit het bestand genomen: vergelijk ze met die van uw organisatie.',
  fr: 'Vous n’avez pas donné de clé ; celles du fichier ont été prises : comparez-les avec celle de votre organisation.',
  de: 'Sie gaben keinen Schlüssel an, also wurden die der Datei genommen: Vergleichen Sie sie mit dem Ihrer Organisation.',
};

/** The verdict in sentences. */
export const companySentences = (verdict: CompanyVerdict, language: Language): readonly string[] =>
  verdict.ok
    ? [
        HOLDS[language].replace('{events}', String(verdict.events)).replace('{organisation}', verdict.organisation),
        verdict.register === null
          ? NO_REGISTER[language]
          : REGISTER[language].replace('{key}', verdict.register.sealedFor),
        ...(verdict.keyKnown ? [] : [KEY_TAKEN[language]]),
      ]
    : [FAULTS[verdict.code][language].replace('{event}', verdict.eventId ?? '').trimEnd()];
