import type { RecordsRuleCode } from '@toeverlaat/contracts';
import type { Message } from './fill.js';
import { accessRules } from './rules-access.js';

/** Why the records service refuses, and what to do where something can be done. */
export const recordsRules: Readonly<Record<RecordsRuleCode, Message>> = {
  ...accessRules,
  rules_overlap: {
    nl: 'Voor deze soort dossier staan er twee dezelfde regels. Laat er één weg.',
    fr: 'Deux règles identiques visent cette catégorie. Retirez-en une.',
    de: 'Für diese Art von Akte gibt es zwei gleiche Regeln. Lassen Sie eine weg.',
    en: 'Two equal rules are about this kind of record. Leave one out.',
  },
  rules_contradict: {
    nl: 'Twee regels over dezelfde soort dossier spreken elkaar tegen. Houd er één.',
    fr: 'Deux règles sur la même catégorie se contredisent. N’en gardez qu’une.',
    de: 'Zwei Regeln für dieselbe Art von Akte widersprechen sich. Behalten Sie eine.',
    en: 'Two rules about the same kind of record contradict each other. Keep one.',
  },
  trigger_not_of_class: {
    nl: 'De termijn van deze soort dossier loopt volgens de wetsgegevens vanaf iets anders ({bound}).',
    fr: 'Selon les données légales, le délai de cette catégorie court à partir d’un autre fait ({bound}).',
    de: 'Die Frist dieser Art von Akte läuft nach den Rechtsdaten ab einem anderen Ereignis ({bound}).',
    en: 'By the law data the term of this kind of record runs from something else ({bound}).',
  },
  action_not_of_class: {
    nl: 'Dit kan niet de afloop zijn voor deze soort dossier.',
    fr: 'Ce sort n’est pas possible pour cette catégorie.',
    de: 'Dieses Ende ist für diese Art von Akte nicht möglich.',
    en: 'This cannot be what becomes of this kind of record.',
  },
  not_a_period: {
    nl: 'Geef een termijn in hele jaren en maanden, zoals P10Y of P1Y6M.',
    fr: 'Donnez un délai en années et mois entiers, comme P10Y ou P1Y6M.',
    de: 'Geben Sie eine Frist in ganzen Jahren und Monaten an, etwa P10Y oder P1Y6M.',
    en: 'Give a period in whole years and months, such as P10Y or P1Y6M.',
  },
  shorter_than_law: {
    nl: 'Dit is korter dan mag: minstens {bound}.',
    fr: 'C’est plus court que permis : au moins {bound}.',
    de: 'Das ist kürzer als erlaubt: mindestens {bound}.',
    en: 'This is shorter than allowed: {bound} at least.',
  },
  longer_than_law: {
    nl: 'Dit is langer dan mag: hoogstens {bound}.',
    fr: 'C’est plus long que permis : au plus {bound}.',
    de: 'Das ist länger als erlaubt: höchstens {bound}.',
    en: 'This is longer than allowed: {bound} at most.',
  },
  never_not_allowed: {
    nl: 'Deze soort dossier mag niet zonder einde bewaard worden; hoogstens {bound}.',
    fr: 'Cette catégorie ne peut être conservée sans fin ; au plus {bound}.',
    de: 'Diese Art von Akte darf nicht ohne Ende aufbewahrt werden; höchstens {bound}.',
    en: 'This kind of record may not be kept without an end; {bound} at most.',
  },
  never_without_motive: {
    nl: 'Zonder einde bewaren vraagt een motief.',
    fr: 'Conserver sans fin demande un motif.',
    de: 'Aufbewahren ohne Ende braucht einen Grund.',
    en: 'Keeping without an end needs a motive.',
  },
  never_without_review: {
    nl: 'Zonder einde bewaren vraagt een dag waarop dit opnieuw bekeken wordt.',
    fr: 'Conserver sans fin demande une date de réexamen.',
    de: 'Aufbewahren ohne Ende braucht einen Tag der erneuten Prüfung.',
    en: 'Keeping without an end needs a day on which it is looked at again.',
  },
  review_not_in_future: {
    nl: 'De dag om dit opnieuw te bekijken moet na {bound} liggen.',
    fr: 'La date de réexamen doit suivre le {bound}.',
    de: 'Der Tag der erneuten Prüfung muss nach dem {bound} liegen.',
    en: 'The day of review must come after {bound}.',
  },
  motive_without_never: {
    nl: 'Motief en dag van herbekijken horen alleen bij bewaren zonder einde.',
    fr: 'Motif et date de réexamen ne vont qu’avec une conservation sans fin.',
    de: 'Grund und Tag der Prüfung gehören nur zum Aufbewahren ohne Ende.',
    en: 'A motive and a day of review belong to keeping without an end only.',
  },
  valid_from_past: {
    nl: 'Een regel kan niet vóór vandaag ingaan. Kies een latere dag.',
    fr: 'Une règle ne peut prendre effet avant aujourd’hui. Choisissez un jour ultérieur.',
    de: 'Eine Regel kann nicht vor heute beginnen. Wählen Sie einen späteren Tag.',
    en: 'A rule cannot take effect before today. Choose a later day.',
  },
  records_not_named: {
    nl: 'Noem de dossiers bij een wijziging voor gekozen dossiers, en alleen dan.',
    fr: 'Nommez les dossiers d’un changement pour dossiers choisis, et seulement alors.',
    de: 'Nennen Sie die Akten bei einer Änderung für ausgewählte Akten, und nur dann.',
    en: 'Name the records with a change for selected records, and only then.',
  },
  record_open: {
    nl: 'Dit dossier is nog open; een wijziging of vernietiging raakt het niet.',
    fr: 'Ce dossier est encore ouvert ; ni changement ni effacement ne le touche.',
    de: 'Diese Akte ist noch offen; weder Änderung noch Löschung berührt sie.',
    en: 'This record is still open; no change and no destruction reaches it.',
  },
  record_on_hold: {
    nl: 'Op dit dossier rust een bewaarplicht. Hef die eerst op.',
    fr: 'Ce dossier fait l’objet d’une suspension de destruction. Levez-la d’abord.',
    de: 'Auf dieser Akte liegt eine Löschsperre. Heben Sie sie zuerst auf.',
    en: 'A legal hold lies on this record. Lift it first.',
  },
  record_of_other_class: {
    nl: 'Een van de genoemde dossiers is van een andere soort dan de regels.',
    fr: 'Un des dossiers nommés est d’une autre catégorie que les règles.',
    de: 'Eine der genannten Akten ist von anderer Art als die Regeln.',
    en: 'One of the records named is of another kind than the rules.',
  },
  not_of_the_controller: {
    nl: 'Over deze soort dossier beslist wie ervoor verantwoordelijk is; deze functie hoort daar niet bij.',
    fr: 'Le responsable de cette catégorie en décide ; cette fonction n’en est pas.',
    de: 'Über diese Art von Akte entscheidet, wer dafür verantwortlich ist; diese Funktion gehört nicht dazu.',
    en: 'Whoever is the controller of this kind of record decides on it; this function is not among them.',
  },
  counsellor_needed: {
    nl: 'Bij dossiers van vertrouwenspersonen is een van de twee personen een vertrouwenspersoon.',
    fr: 'Pour les dossiers des personnes de confiance, l’une des deux personnes est une personne de confiance.',
    de: 'Bei Akten von Vertrauenspersonen ist eine der beiden Personen eine Vertrauensperson.',
    en: 'For counsellors’ files one of the two people is a counsellor.',
  },
  second_person_needed: {
    nl: 'Wie voorstelt, kan niet zelf bekrachtigen. Vraag een tweede persoon.',
    fr: 'Qui propose ne peut activer. Demandez à une deuxième personne.',
    de: 'Wer vorschlägt, kann nicht selbst in Kraft setzen. Bitten Sie eine zweite Person.',
    en: 'Who proposed cannot activate. Ask a second person.',
  },
  not_simulated: {
    nl: 'Reken eerst uit wat deze wijziging zou vernietigen.',
    fr: 'Simulez d’abord ce que ce changement effacerait.',
    de: 'Berechnen Sie zuerst, was diese Änderung löschen würde.',
    en: 'First simulate what this change would destroy.',
  },
  simulation_outdated: {
    nl: 'De regels zijn sinds de berekening gewijzigd. Reken opnieuw.',
    fr: 'Les règles ont changé depuis la simulation. Simulez à nouveau.',
    de: 'Die Regeln haben sich seit der Berechnung geändert. Berechnen Sie erneut.',
    en: 'The rules have changed since the simulation. Simulate again.',
  },
  proposal_decided: {
    nl: 'Over dit voorstel is al beslist.',
    fr: 'Cette proposition est déjà tranchée.',
    de: 'Über diesen Vorschlag ist bereits entschieden.',
    en: 'This proposal was decided on already.',
  },
  rules_unchanged: {
    nl: 'Deze regels gelden al zo.',
    fr: 'Ces règles valent déjà ainsi.',
    de: 'Diese Regeln gelten bereits so.',
    en: 'These rules hold already.',
  },
  hold_is_lifted: {
    nl: 'Deze bewaarplicht werd al opgeheven.',
    fr: 'Cette suspension est déjà levée.',
    de: 'Diese Löschsperre wurde bereits aufgehoben.',
    en: 'This hold was lifted already.',
  },
  held_period_reversed: {
    nl: 'De laatste dag ligt vóór de eerste.',
    fr: 'Le dernier jour précède le premier.',
    de: 'Der letzte Tag liegt vor dem ersten.',
    en: 'The last day lies before the first.',
  },
  destruction_under_way: {
    nl: 'Dit dossier wordt al vernietigd.',
    fr: 'Ce dossier est déjà en cours d’effacement.',
    de: 'Diese Akte wird bereits gelöscht.',
    en: 'This record is being destroyed already.',
  },
  not_due: {
    nl: 'De bewaartermijn van dit dossier is nog niet om.',
    fr: 'Le délai de conservation de ce dossier n’est pas écoulé.',
    de: 'Die Aufbewahrungsfrist dieser Akte ist noch nicht um.',
    en: 'The term of this record is not over yet.',
  },
  policy_not_kept: {
    nl: 'Versie {version} van het toegangsbeleid is niet bewaard; ze kan niet nagespeeld worden.',
    fr: 'La version {version} de la politique d’accès n’est pas conservée ; elle ne peut être rejouée.',
    de: 'Version {version} der Zugriffsregeln ist nicht aufbewahrt; sie kann nicht nachgespielt werden.',
    en: 'Version {version} of the access policy is not kept; it cannot be replayed.',
  },
  year_of_replay_not_over: {
    nl: 'Alleen een jaar dat voorbij is, kan nagespeeld worden.',
    fr: 'Seule une année écoulée peut être rejouée.',
    de: 'Nur ein vergangenes Jahr kann nachgespielt werden.',
    en: 'Only a year that is over can be replayed.',
  },
};
