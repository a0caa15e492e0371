import * as c from '@toeverlaat/contracts';
import { wordingVersion, type CodeOf, type kindOfFacts } from '@toeverlaat/legal';
import { type LocalDate } from '@toeverlaat/values';
import type { z } from 'zod';
import { asked, StepRefused, type Actor } from './actors.js';
import { instantAt } from './stage.js';
import { type Scene } from './world.js';

/** The designation behind a counsellor's card, as the worker who looks at the cards finds it. */
export const cardOf = async (worker: Actor, site: string, person: string): Promise<string> => {
  const cards = await asked(worker, c.counsellorCardsQuery, { siteId: site });
  const card = cards.find((one) => one.person === person);
  if (card === undefined) throw new RangeError(`no card of ${person} at ${site}`);
  return card.designationId;
};

type RequestData = z.input<typeof c.sendRequestCommand.data>;

export const requestOf = (
  site: string,
  designationId: string,
  language: RequestData['language'],
  more: Partial<RequestData> & { readonly kindOfFacts: CodeOf<typeof kindOfFacts>; readonly message: string },
): RequestData => ({
  way: 'signed_in',
  site,
  designationId,
  language,
  escalation: 'nobody',
  wordingVersion,
  ...more,
});

/**
 * The counsellor accepts; the case opens by itself. Its id follows from the request's, so that nothing has to be searched.
 * @param step unique in the scene
 */
export const accept = async (scene: Scene, counsellor: Actor, step: string, requestId: string): Promise<string> => {
  await scene.does(counsellor, step, c.acceptRequestCommand, { requestId });
  await scene.world.settle();
  return c.caseIdOfRequest(scene.organisation, requestId);
};

/** Proposes one time and lets the worker pick it. */
export const meet = async (
  scene: Scene,
  counsellor: Actor,
  worker: Actor,
  requestId: string,
  when: { readonly date: LocalDate; readonly time: string; readonly channel: 'in_person' | 'phone' | 'video' },
  place: string,
): Promise<void> => {
  await scene.does(counsellor, `propose ${when.date}`, c.proposeAppointmentsCommand, {
    requestId,
    options: [{ startsAt: instantAt(when.date, when.time), channel: when.channel }],
    place,
  });
  const own = await asked(worker, c.ownRequestQuery, { requestId });
  const proposal = own.proposals.at(-1);
  const option = proposal?.options[0];
  if (proposal === undefined || option === undefined) throw new RangeError('no appointment was proposed');
  await scene.does(worker, `pick ${when.date}`, c.pickAppointmentCommand, {
    requestId,
    proposalId: proposal.proposalId,
    optionId: option.optionId,
  });
};

/** A scan of a page with these words, as a counsellor's scanner would make one: a PDF of one page. */
export const scanOf = (words: string): Uint8Array<ArrayBuffer> => {
  const stream = `BT /F1 12 Tf 72 720 Td (${words.replaceAll(/[()\\]/gu, ' ')}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const at of offsets) file += `${String(at).padStart(10, '0')} 00000 n \n`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(file, 'latin1'));
};

/** Puts a scan into a case. @throws StepRefused */
export const putScan = async (
  scene: Scene,
  actor: Actor,
  step: string,
  caseId: string,
  words: string,
): Promise<c.StoredBlob> => {
  const stored = await actor.upload(scene.key(step), caseId, scanOf(words));
  if (!stored.ok) throw new StepRefused(actor.who, 'case.putAttachment', stored.refusal);
  return stored.value;
};

/** Both sign the document of the informal choice on paper, the applicant gets a copy. Gives the document's id. */
export const signOnPaper = async (
  scene: Scene,
  counsellor: Actor,
  caseId: string,
  signedOn: LocalDate,
): Promise<string> => {
  await scene.does(counsellor, 'prepare document', c.prepareInformalDocumentCommand, { caseId, madeOn: signedOn });
  const { documents } = await asked(counsellor, c.caseByIdQuery, { caseId });
  const document = documents.findLast(({ kind }) => kind === 'informal_choice');
  if (document === undefined) throw new RangeError('no document of the informal choice');
  const { documentId, documentHash } = document;
  for (const signer of ['applicant', 'counsellor'] as const) {
    // Played again after an interruption, a scan that was put in long ago is another one.
    if (document.signatures.some((signature) => signature.signer === signer)) continue;
    const { blob } = await putScan(scene, counsellor, `scan of ${signer}`, caseId, `Signed by the ${signer}`);
    await scene.does(counsellor, `${signer} signs`, c.signDocumentCommand, {
      caseId,
      documentId,
      documentHash,
      signer,
      signedOn,
      method: 'paper',
      holder: 'both',
      evidenceBlob: blob,
    });
  }
  await scene.does(counsellor, 'copy', c.giveDocumentCopyCommand, {
    caseId,
    documentId,
    givenOn: signedOn,
    way: 'handed_over',
  });
  return documentId;
};

/** A participant's id stands in the case, by the directory entry. */
export const participantIn = async (counsellor: Actor, caseId: string, person: string): Promise<string> => {
  const { participants } = await asked(counsellor, c.caseByIdQuery, { caseId });
  const found = participants.find((one) => one.person === person);
  if (found === undefined) throw new RangeError(`${person} takes no part`);
  return found.participantId;
};
