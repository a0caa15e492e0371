import type { Source } from './datum.js';

/** The public pages the data rests on. A key is never given to another page: stored explanations cite them. */
export const pages = {
  s0: ['Liantis, public page "Vertrouwenspersoon" (roles, tasks, training within two years, supervision)'],
  s1: [
    'https://werk.belgie.be/nl/themas/welzijn-op-het-werk/psychosociale-risicos-op-het-werk/rol-en-statuut-van-de-actoren-3',
  ],
  s2: [
    'https://www.liantis.be/fr/nouvelles/obligation-de-d%C3%A9signer-des-personnes-de-confiance-%C3%A0-partir-de-50-travailleurs',
  ],
  s3: [
    'https://www.securex.be/fr/lex4you/employeur/themes/bien-etre-au-travail/risques-psychosociaux-au-travail/le-conseiller-en-prevention-aspects-psychosociaux-et-la-personne-de-confiance-sont-tenus-au-secret-p',
  ],
  s4: ['https://www.prebes.be/nl/nieuws/2022/04/hoe-lang-moet-vertrouwenspersoon-zijn-dossier-bijhouden'],
  s5: [
    'https://werk.belgie.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure/choosing',
  ],
  s6: [
    'https://emploi.belgique.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-0',
  ],
  s7: ['https://cautius.be/blind-vertrouwen-gdpr-in-de-relatie-tussen-werknemers-derden-en-de-vertrouwenspersoon'],
  s8: [
    'https://werk.belgie.be/nl/themas/welzijn-op-het-werk/psychosociale-risicos-op-het-werk/het-preventiebeleid/risicoanalyse-en',
  ],
  s9: [
    'https://emploi.belgique.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-9',
  ],
  s10: ['https://www.prevent.be/nl/kennisbank/het-beroepsgeheim-van-de-preventieadviseur-wat-ervan-aan'],
  s11: [
    'https://werk.belgie.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-7',
  ],
  s12: [
    'https://employment.belgium.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-6',
  ],
  s13: [
    'https://werk.belgie.be/nl/themas/welzijn-op-het-werk/psychosociale-risicos-op-het-werk/actiemiddelen-van-de-werknemer-de-8',
  ],
  s14: ['https://e2.law/fr/legalconcepts/la-violation-du-secret-professionnel'],
  s15: ['https://www.prebes.be/nieuws/2021/03/beroepsgeheim-krachtlijnen-blijvend-fundament-vertrouwensrelatie'],
  s16: ['https://etaamb.openjustice.be/nl/wet-van-29-februari-2024_n2024002088.html'],
  s17: ['https://www.wolterskluwer.com/nl-be/expert-insights/is-it-possible-for-the-paps-to-get-permission-to-speak'],
  s18: [
    'https://werk.belgie.be/nl/themas/welzijn-op-het-werk/psychosociale-risicos-op-het-werk/actiemiddelen-van-de-werknemer-de-0',
  ],
  s19: [
    'https://employment.belgium.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-2',
  ],
  s20: [
    'https://employment.belgium.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-3',
  ],
  s21: [
    'https://employment.belgium.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-4',
  ],
  s22: [
    'http://docplayer.nl/282267-Formele-psychosociale-interventie-verzoek-met-een-hoofdzakelijk-individueel-karakter-buiten-geweld-pesterijen-en-osgw.html',
  ],
  s23: [
    'https://employment.belgium.be/en/themes/well-being-workers/psychosocial-risks-work/courses-action-worker-internal-procedure-8',
  ],
  s24: [
    'https://lex4you.securex.be/fr/lex4you/employeur/themes/bien-etre-au-travail/risques-psychosociaux-au-travail/demande-d-intervention-psychosociale-formelle-pour-faits-de-violence-et-de-harcelement',
  ],
  s25: [
    'https://www.partena-professional.be/en/our-insights/infoflashes/workplace-violence-and-harassment-protection-scheme-clarified',
  ],
  s26: ['https://frontaliers-grandest.eu/?p=54993'],
  s27: [
    'http://www.werk.belgie.be/defaultTab.aspx?id=45975',
    'https://www.securex.be/fr/lex4you/employeur/themes/bien-etre-au-travail/risques-psychosociaux-au-travail/demande-d-intervention-psychosociale-formelle',
  ],
  s28: [
    'https://pro.g-o.be/themas/preventie/preventieregister/a-documenten/a21-register-van-feiten-door-derden/',
    'https://www.cohezio.be/fr/registre-dactes-violence-dorigine-externe',
  ],
  s29: ["a public Belgian portal's schema, which cites Codex I.3-3, I.3-65 and FPS sheet D/2020/1205/36"],
  s30: ['a public school incident form'],
  s31: ['http://pro.g-o.be/gezondheid-en-preventie/preventie/preventieregister/e-verslagen/e2-jaarverslag-fod-waso'],
  s32: ['https://www.securex.be/nl/lex4you/werkgever/nieuws/vergeet-het-jaarverslag-van-de-interne-dienst-niet!'],
  s33: ['a public specification written for an external service'],
  s34: [
    'https://www.securex.be/fr/lex4you/employeur/themes/bien-etre-au-travail/risques-psychosociaux-au-travail/l’employeur-doit-il-designer-une-personne-de-confiance',
  ],
  s35: [
    'https://employment.belgium.be/en/themes/well-being-workers/psychosocial-risks-work/role-and-status-prevention-stakeholders-0',
  ],
  s36: ['https://paycover.be/actualites/2023/3/20/lanceurs-dalerte-sahkg-fyc3x'],
  s37: ['http://emailing.securex.eu/l/64002/2015-06-16/3ldyqf'],
  s38: ['https://www.cairnlegal.be/personne-de-confiance/'],
  s39: ['https://cautius.be/?p=1079'],
  s40: [
    'https://www.attentia.be/nl/blog/vertrouwenspersoon-verplicht-wat-nu/',
    'https://goingfortalent.be/fr/inspiration/obligation-de-designer-une-personne-de-confiance-pour-les-entreprises-comptant-50-travailleurs-et-plus',
  ],
  s41: ['https://www.ikvoelmegoedophetwerk.be/nl/node/185'],
  s42: ['https://cautius.be/hoe-lang-moet-de-vertrouwenspersoon-zijn-dossier-bijhouden'],
  s43: ['https://www.timelex.eu/nl/blog/officiele-dpia-lijst-van-de-gegevensbeschermingsautoriteit'],
  s44: ['https://mensura.be/fr/politique-relative-au-respect-de-la-vie-privee'],
  s45: [
    'https://www.deloitte.com/be/en/services/accountancy/blogs/actualites/la-reglementation-sur-les-lanceurs-d-alerte-s-applique-en-belgique.html',
  ],
  s46: ['https://www.lydian.be/en/news/whistleblowing-private-sector'],
  s47: [
    'https://www.besox.be/stel-uw-sociale-documenten-op-in-de-juiste-taal/',
    'http://www.werk.belgie.be/detailA_Z.aspx?id=5528',
  ],
  s48: ['https://info.salar.be/Article/WSF3888v8USOcQJvIr8CkA'],
  s49: [
    'https://www.prevent.be/kennisbank/psychosociale-interventie-de-externe-diensten-bereiken-overeenstemming-over-de-aanpak',
  ],
  s50: [
    'https://werk.belgie.be/nl/themas/welzijn-op-het-werk/psychosociale-risicos-op-het-werk/het-preventiebeleid/risicoanalyse',
  ],
  s51: ['https://www.grenswijs.be/registratieformulier-grensoverschrijdend-gedrag'],
  s52: ['https://www.standaard.be/cnt/dmf20200214_04848659'],
  s53: [
    'https://www.vlaanderen.be/intern/welzijn-en-gezondheid/je-goed-voelen-op-het-werk/de-rol-als-vertrouwenspersoon/werking-vertrouwenspersonen',
  ],
  s54: ['http://wordscope.be/francais/neerlandais/Tâche+principale.html'],
  s55: [
    'https://prevent.be/kennisbank/een-overzicht-van-de-externe-diensten-voor-preventie-en-bescherming-op-het-werk',
  ],
  s56: [
    'https://lex4you.securex.be/fr/lex4you/employeur/themes/bien-etre-au-travail/risques-psychosociaux-au-travail/demande-d’intervention-psychosociale-formelle-«-a-caractere-principalement-individuel-»',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type PageId = keyof typeof pages;

/** What is cited, with the addresses of the pages that say so. */
export const source = (cite: string, ...ids: readonly PageId[]): Source => ({
  cite,
  urls: ids.flatMap((id): readonly string[] => pages[id]),
});
